import type { Logger } from '../platform/logging.ts';
import { pause } from '../platform/pause.ts';
import type { PruneMark } from './prune-mark.ts';
import { PruneClock } from './prune-clock.ts';
import type { PrunePolicy, Store } from './store/store.ts';

const INTERVAL_MS = 3_600_000;
/** The first time soon after the start, but not while every agent comes back. */
const FIRST_MS = 300_000;

/** What is said of a run that does less than all, once until one does all. */
const HELD_BACK = {
  jumped:
    "this machine's clock went ahead while it ran: no old data is removed now; if the clock is wrong, set it before the next hour",
  behind:
    'old data was last removed long ago by the clock, which may be wrong: from an hour after the start on it is removed a day at a time; if this collector was not off for so long, set the clock',
} as const;

export interface UpkeepParts {
  /** ms since the epoch. */
  readonly clock: () => number;
  /** ms of a clock that nobody sets. */
  readonly now: () => number;
  readonly mark: PruneMark;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Prunes the store now and then until the signal fires, within what a wrong clock may do: see `PruneClock`. Returns when
 * the last run is over.
 */
export async function keepStoreTidy(
  store: Pick<Store, 'prune'>,
  policy: PrunePolicy,
  parts: UpkeepParts,
): Promise<void> {
  const { clock, now, mark, logger, signal } = parts;
  const times = new PruneClock(clock(), now());
  let said: keyof typeof HELD_BACK | undefined;
  for (let wait = FIRST_MS; await pause(wait, signal); wait = INTERVAL_MS) {
    try {
      const last = await mark.read();
      const turn = times.turn(clock(), now(), last);
      if (turn.why !== undefined && turn.why !== said)
        logger.warn({ clock: dateText(clock()), last: last && dateText(last) }, HELD_BACK[turn.why]);
      said = turn.why;
      if (turn.asOf === undefined) continue;
      const removed = await store.prune(policy, turn.asOf);
      await mark.write(turn.asOf, clock());
      if (Object.values(removed).some((count) => count > 0)) logger.info({ removed }, 'old data removed');
    } catch (error) {
      if (!signal.aborted) logger.error({ err: error }, 'old data could not be removed');
    }
  }
}

function dateText(at: number): string {
  return new Date(at).toISOString();
}
