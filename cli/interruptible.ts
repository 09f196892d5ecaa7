import { constants } from 'node:os';
import { Failure } from './failure.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs something that SIGINT or SIGTERM calls off: it is told by the signal and may still give back what it holds.
 * Throws a Failure with the shell's exit code then. A second signal ends the process at once.
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const called = new AbortController();
  function onSignal(name: (typeof SIGNALS)[number]): void {
    const exitCode = 128 + constants.signals[name];
    if (called.signal.aborted) process.exit(exitCode);
    called.abort(new Failure(exitCode, 'interrupted'));
  }
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await run(called.signal);
  } catch (error) {
    called.signal.throwIfAborted();
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
