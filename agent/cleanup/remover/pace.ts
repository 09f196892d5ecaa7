import { setTimeout as sleep } from 'node:timers/promises';

export interface RemovalPaceParts {
  /** Percent of the last ten seconds in which something waited for the disk; undefined where the kernel does not tell. */
  readonly ioPressure: () => number | undefined;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Removal is disk work itself, and somebody's space is at stake: so more than scanning may, but not without end. */
const MOST_PERCENT = 40;
const LOOK_MS = 2_000;
const PATIENCE_MS = 2 * 60_000;
/** Between two batches, so that others get at the engine. */
const BREATH_MS = 100;

/** Waits between two batches while the disk is busy. Answers why to stop when that does not end. */
export function removalPace({
  ioPressure,
  sleep: pause = wait,
}: RemovalPaceParts): (signal: AbortSignal) => Promise<string | undefined> {
  return async (signal) => {
    await pause(BREATH_MS, signal);
    for (let waited = 0; ; waited += LOOK_MS) {
      const percent = ioPressure();
      if (percent === undefined || percent <= MOST_PERCENT || signal.aborted) return undefined;
      if (waited >= PATIENCE_MS) {
        const share = `${Math.round(percent)} % of the time`;
        return `the disk is too busy: something waited for it ${share} (limit ${MOST_PERCENT} %)`;
      }
      await pause(LOOK_MS, signal);
    }
  };
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
