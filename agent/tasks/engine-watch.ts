import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime, RuntimeEvent } from '../runtimes/runtime.ts';

export interface EngineWatchParts {
  readonly runtime: Runtime;
  /** Something happened in the engine, or it was reached (again) or lost: read it. */
  onChange(event: RuntimeEvent | undefined): void;
  /** Milliseconds to wait before attempt `attempt` (0 first). */
  delayMs(attempt: number): number;
}

/** Follows an engine's events until `signal` fires; a lost engine is tried again with back-off. Never throws. */
export async function watchEngine(
  { runtime, onChange, delayMs }: EngineWatchParts,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      for await (const event of runtime.events(signal)) {
        attempt = 0;
        onChange(event);
      }
    } catch {
      // The reading that follows finds the engine gone and says so, with its reason.
    }
    if (signal.aborted) return;
    onChange(undefined);
    await sleep(delayMs(attempt), undefined, { signal }).catch(() => undefined);
    // What happened while nobody listened is only to be seen by reading.
    onChange(undefined);
  }
}
