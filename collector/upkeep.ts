import type { Logger } from '../platform/logging.ts';
import type { PrunePolicy, Store } from './store/store.ts';

const INTERVAL_MS = 3_600_000;
/** The first time soon after the start, but not while every agent comes back. */
const FIRST_MS = 300_000;

/** Prunes the store now and then until the signal fires. Returns when the last run is over. */
export async function keepStoreTidy(
  store: Pick<Store, 'prune'>,
  policy: PrunePolicy,
  parts: { readonly clock: () => number; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, logger, signal } = parts;
  for (let wait = FIRST_MS; await pause(wait, signal); wait = INTERVAL_MS) {
    try {
      const removed = await store.prune(policy, clock());
      if (Object.values(removed).some((count) => count > 0)) logger.info({ removed }, 'old data removed');
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error }, 'old data could not be removed');
    }
  }
}

/** False when the signal fired. Keeps no process alive. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const timer = setTimeout(() => resolve(true), ms).unref();
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve(false);
      },
      { once: true },
    );
  });
}
