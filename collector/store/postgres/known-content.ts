import type { ContentClaim } from '../../ingest/ingest-store.ts';
import { HeldContent } from '../held-content.ts';
import type { Statements } from './database.ts';

type Offered = ContentClaim['offered'][number];

/** Stands for all that was held and unmarked when it was read: none of that has been marked while it reads the same. */
export type ContentStamp = string;

/**
 * What this collector remembers to be held. Others over the same database may prune it, so nothing is said from memory
 * without a look at the database, though one small statement does for all claims that wait at that moment.
 *
 * Pruning marks what nothing needs, counts that in the same transaction, and removes it no sooner than CONTENT_GRACE_MS later,
 * if it is still marked and nothing needs it by then. A count that rose voids what is remembered; claims then find the mark and
 * take it away. So what a node is told is held stays for the grace at least: time enough to report what needs it. A
 * server that was started since, or a table that was made anew, may be a copy that lacks what was held, and voids it too.
 *
 * Why not have collectors tell each other (LISTEN), or remember for some seconds? Who was cut off, or stood still, would
 * go on saying what is no longer so, and nobody would ever send what is gone.
 */
export class KnownContent {
  readonly #held = new HeldContent();
  readonly #read: () => Promise<ContentStamp>;
  #stamp: ContentStamp = '';
  #reading: Promise<ContentStamp> | undefined;

  /** `read`: see `contentStamp`. */
  constructor(read: () => Promise<ContentStamp>) {
    this.#read = read;
  }

  /** Forgets what may not be held any more. */
  async renew(): Promise<ContentStamp> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    const stamp = await this.#reading;
    if (stamp !== this.#stamp) this.#held.clear();
    this.#stamp = stamp;
    return stamp;
  }

  /** As of the last `renew`. */
  has(offered: Offered): boolean {
    return this.#held.has(offered);
  }

  /** What was found held since `renew` gave that stamp. */
  learn(stamp: ContentStamp, found: readonly Offered[]): void {
    if (stamp !== this.#stamp) return;
    for (const offered of found) this.#held.add(offered);
  }
}

export async function contentStamp(statements: Statements): Promise<ContentStamp> {
  const row = await statements.get<{ stamp: ContentStamp }>(
    `SELECT concat_ws(' ', count, tableoid, extract(epoch FROM pg_postmaster_start_time())) AS stamp FROM content_markings`,
  );
  return row?.stamp ?? '';
}
