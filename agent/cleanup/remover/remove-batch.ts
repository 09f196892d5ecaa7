import type { Quarantine } from '../../runtimes/removal.ts';
import { errorMessage } from '../../../platform/error-message.ts';
import type { KnownUses } from './known-uses.ts';
import { saveNames } from './names.ts';
import {
  beginRemoval,
  endRemoval,
  surpriseIn,
  type Look,
  type OpenRemoval,
  type RemovalOrder,
  type RemovalParts,
} from './remove-image.ts';

export interface BatchParts extends RemovalParts {
  readonly uses: KnownUses;
  /** Asked between two images: true ends the batch there. */
  readonly isOver: () => boolean;
}

/** What became of a batch. */
export interface BatchEnd {
  /** So many of the images, from the first on, have come to an end. */
  readonly ended: number;
  /** What keeps those that are gone. */
  readonly leases: readonly Quarantine[];
}

/**
 * Removes images one after the other, and then looks once who came in between: reading who uses what takes as long as
 * hundreds of removals where images are many. Before each of them it is asked whether anybody came since that was read,
 * and read again then, so that nothing goes that is known to be used. Who came in the moment after that question gets the
 * image back with the look after the batch.
 *
 * Throws when references cannot be read, before the first image; after it, the batch just ends there. A CleanupError means
 * that the end of some images is open, and for `recover` to find.
 */
export async function removeBatch(
  orders: readonly RemovalOrder[],
  parts: BatchParts,
  signal: AbortSignal,
): Promise<BatchEnd> {
  const { engines, uses, isOver } = parts;
  const names = orders.flatMap((order) => order.names);
  const saved = await saveNames(engines, names, signal);
  const open: OpenRemoval[] = [];
  let ended = 0;
  for (const order of orders) {
    if (ended > 0 && isOver()) break;
    let known: Look['uses'];
    try {
      known = await uses.current(signal);
    } catch (error) {
      if (ended === 0) throw error;
      break;
    }
    const begun = await beginRemoval(order, { uses: known, saved }, parts, signal);
    if (begun !== undefined) open.push(begun);
    ended += 1;
  }
  return { ended, leases: open.length === 0 ? [] : await lookAgain(open, parts, signal) };
}

/** Those that nothing speaks against are brought to their end first: bringing back may fail, and ends the run then. */
async function lookAgain(
  open: readonly OpenRemoval[],
  parts: BatchParts,
  signal: AbortSignal,
): Promise<readonly Quarantine[]> {
  const surprises = await surprisesIn(open, parts, signal);
  const leases: Quarantine[] = [];
  const inOrder = open.map((one, at) => ({ one, surprise: surprises[at] }));
  for (const { one, surprise } of inOrder.toSorted((a, b) => rank(a.surprise) - rank(b.surprise))) {
    leases.push(...(await endRemoval(one, surprise, parts)));
  }
  return leases;
}

type Surprise = ReturnType<typeof surpriseIn>;

async function surprisesIn(
  open: readonly OpenRemoval[],
  { engines, uses }: BatchParts,
  signal: AbortSignal,
): Promise<readonly Surprise[]> {
  try {
    const removed = open.flatMap((one) => one.removed);
    const look: Look = {
      uses: await uses.read(signal, removed),
      saved: await saveNames(
        engines,
        open.flatMap(({ order }) => order.names),
        signal,
      ),
    };
    return open.map((one) => surpriseIn(one, look));
  } catch (error) {
    const failed = { status: 'failed', reason: errorMessage(error) } as const;
    return open.map(() => failed);
  }
}

function rank(surprise: Surprise): number {
  return surprise === undefined ? 0 : 1;
}
