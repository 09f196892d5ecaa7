import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What some work took. */
export interface Cost {
  readonly wallMs: number;
  /** Processor time, user and system, of all threads. */
  readonly cpuMs: number;
}

export interface CommandCost extends Cost {
  /** The most memory that was resident at once. */
  readonly peakBytes: number;
}

/** What work in this process takes, its threads included. */
export async function costOf(work: () => unknown): Promise<Cost> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

/** Runs a command once and says what it and its children took; its output is thrown away. */
export async function commandCost(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandCost> {
  // bash's own word, from getrusage(2): three digits, where the shell's `times` has two.
  const script = 'TIMEFORMAT="%R %U %S"; exec 3>&2; time "$@" >/dev/null 2>&3; exit $?';
  const child = spawn('bash', ['-c', script, 'bash', command, ...args], {
    env: { ...process.env, ...env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  let peakBytes = 0;
  let isRunning = true;
  const watching = (async () => {
    while (isRunning) {
      peakBytes = Math.max(peakBytes, await childrenPeak(child.pid ?? 0));
      await sleep(10);
    }
  })();
  const exitCode = await code;
  isRunning = false;
  await watching;
  const lines = errors.trimEnd().split('\n');
  const [wall, user, system] = (lines.pop() ?? '').split(' ').map(Number);
  if (exitCode !== 0 || system === undefined) {
    throw new Error(`${command} ended with ${exitCode}: ${lines.slice(-3).join('; ')}`);
  }
  return { wallMs: (wall ?? 0) * 1000, cpuMs: ((user ?? 0) + system) * 1000, peakBytes };
}

/** The same work several times: the least of each figure, for whatever else the machine does only adds. */
export async function leastOf<C extends Cost>(times: number, measure: () => Promise<C>): Promise<C> {
  let least = await measure();
  for (let time = 1; time < times; time += 1) {
    const next = await measure();
    least = {
      ...least,
      wallMs: Math.min(least.wallMs, next.wallMs),
      cpuMs: Math.min(least.cpuMs, next.cpuMs),
    };
  }
  return least;
}

/** The most that any of a process's children had resident at once. */
export async function childrenPeak(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const peaks = children
    .split(' ')
    .filter(Boolean)
    .map(async (one) => {
      const status = await readFile(`/proc/${one}/status`, 'utf8').catch(() => '');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
    });
  return Math.max(0, ...(await Promise.all(peaks)));
}
