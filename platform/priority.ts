import { readlinkSync, stat } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Behind all that has the usual 0. To a disk scheduler that goes by priorities, a thread with no class of its own is then
 * in the second lowest of the best-effort ones: (10 + 20) / 5 (ioprio_set(2)).
 */
const NICE = 10;
const IDLE_CLASS = '3';
const TOOL_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
const TOOL_TIMEOUT_MS = 2000;

/** In what a thread gives way. */
export interface LowPriority {
  /** Others get the processor first. */
  readonly nice: boolean;
  /** It reads from a disk when nobody else does. */
  readonly idleIo: boolean;
}

/**
 * Puts the calling thread behind all others, for good; other threads keep their priority. Linux counts priorities by
 * thread, whatever POSIX says (setpriority(2), NOTES), and takes 0 for the caller. Node knows nothing of IO priorities, so
 * ionice(1) sets them, where it is installed. What is refused stays as it was.
 */
export function lowerThreadPriority(): LowPriority {
  return { nice: succeeds(() => setPriority(0, NICE)), idleIo: succeeds(setIdleIo) };
}

/**
 * Starts the threads that the whole process shares for files, names and compression, unless they run. They inherit the
 * priority of whoever uses them first, so that must not be a thread of low priority.
 */
export function startSharedThreads(): void {
  stat('/', () => undefined);
}

function setIdleIo(): void {
  // Loaded only here: most threads never need it.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const threadId = readlinkSync('/proc/thread-self').split('/').pop() ?? '';
  const { status, error } = spawnSync('ionice', ['-c', IDLE_CLASS, '-p', threadId], {
    env: { PATH: TOOL_PATH },
    stdio: 'ignore',
    timeout: TOOL_TIMEOUT_MS,
  });
  if (status !== 0) throw error ?? new Error(`ionice ended with ${status}`);
}

function succeeds(run: () => void): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}
