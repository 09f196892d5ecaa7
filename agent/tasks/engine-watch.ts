import { setTimeout as sleep } from 'node:timers/promises';
import type { Backoff } from '../../platform/backoff.ts';
import type { Runtime } from '../runtimes/runtime.ts';

export interface EngineWatchParts {
  readonly runtime: Runtime;
  /** Something happened in the engine, or it was reached again, or lost: read it. */
  readonly onChange: () => void;
  readonly backoff: Backoff;
}

/** Follows an engine's events until `signal` fires; a lost engine is tried again with back-off. Never rejects. */
export async function watchEngine(
  { runtime, onChange, backoff }: EngineWatchParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const _event of runtime.events(signal)) {
        backoff.reset();
        onChange();
      }
    } catch {
      // The reading that follows finds the engine gone and says so, with its reason.
    }
    if (signal.aborted) return;
    onChange();
    await sleep(backoff.next(), undefined, { signal }).catch(() => undefined);
    // What happened while nobody listened is only to be seen by reading.
    onChange();
  }
}
