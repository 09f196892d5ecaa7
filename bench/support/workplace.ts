import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where a benchmark puts what it makes, and how it takes it away again. */
export interface Workplace {
  /** A folder of its own; removed at the end. */
  readonly folder: string;
  /** Runs at the end, in reverse order, also after an error or Ctrl-C. */
  onEnd(end: () => unknown): void;
}

/** Runs a benchmark and then takes away all that it made; an interrupt ends it early, in order. */
export async function inWorkplace(name: string, run: (place: Workplace) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `tallyman-bench-${name}-`));
  const ends: (() => unknown)[] = [];
  const interrupted = Promise.withResolvers<never>();
  const interrupt = (): void => interrupted.reject(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await Promise.race([run({ folder, onEnd: (end) => ends.push(end) }), interrupted.promise]);
  } finally {
    for (const end of ends.toReversed()) {
      await Promise.resolve(end()).catch((error: unknown) => console.error('while cleaning up:', error));
    }
    await rm(folder, { recursive: true, force: true });
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** What is costly to make and can be used again is kept here, when the environment names a folder. */
export function cacheFolder(place: Workplace): string {
  return process.env['TALLYMAN_BENCH_CACHE'] ?? place.folder;
}

/** Runs a command to its end, however long that takes, and gives what it printed. */
export async function command(name: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = { maxBuffer: 256 * 1024 * 1024, ...(cwd !== undefined && { cwd }) };
  const { stdout } = await promisify(execFile)(name, args, options);
  return stdout.trim();
}

/** True when a program of this name is on PATH. */
export async function isOnPath(name: string): Promise<boolean> {
  return await command('sh', ['-c', 'command -v "$1"', 'sh', name]).then(
    () => true,
    () => false,
  );
}
