/** CPU that a process has taken so far, at a time. Both in ms; the time of a clock that never goes back. */
export interface CpuReading {
  readonly atMs: number;
  readonly cpuMs: number;
}

const MINUTE_MS = 60_000;

/** The most of a core that was taken over a minute. Readings in order; over all of them where they span less. */
export function busiestMinute(readings: readonly CpuReading[]): {
  readonly cores: number;
  readonly overMs: number;
} {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined || first === last) return { cores: 0, overMs: 0 };
  let most = share(first, last);
  let begin = 0;
  for (const end of readings) {
    const isWhole = (from: CpuReading | undefined): from is CpuReading =>
      from !== undefined && end.atMs - from.atMs >= MINUTE_MS;
    while (isWhole(readings[begin + 1])) begin += 1;
    const from = readings[begin];
    if (!isWhole(from)) continue;
    const minute = share(from, end);
    if (minute.cores > most.cores) most = minute;
  }
  return most;
}

function share(from: CpuReading, to: CpuReading): { readonly cores: number; readonly overMs: number } {
  const overMs = to.atMs - from.atMs;
  return { cores: (to.cpuMs - from.cpuMs) / overMs, overMs };
}
