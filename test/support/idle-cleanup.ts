import { FleetCleanup } from '../../collector/cleanup/fleet-cleanup.ts';
import type { Store } from '../../collector/store/store.ts';
import { createLogger } from '../../platform/logging.ts';

/** Cleanup of a fleet in which no node is connected, not started: for an API that is asked other things. */
export function idleCleanup(store: Store): FleetCleanup {
  return new FleetCleanup({
    store,
    deliver: () => undefined,
    connected: () => new Set(),
    clock: Date.now,
    logger: createLogger({ component: 'test', level: 'silent' }),
  });
}
