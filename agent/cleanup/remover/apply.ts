import { measureFreed } from '../../../core/cleanup/measure.ts';
import type { ImageName } from '../../../core/inventory.ts';
import { CleanupError } from '../cleanup-error.ts';
import type { RunBeginning } from '../journal/records.ts';
import type { Quarantine } from '../../runtimes/removal.ts';
import { storageNow, type RemovalEngine } from './engine.ts';
import { KnownUses } from './known-uses.ts';
import { releaseLeases } from './names.ts';
import { removeBatch } from './remove-batch.ts';
import type { RunJournal } from './run-journal.ts';
import { errorMessage } from '../../../platform/error-message.ts';

/** What the process of a run is told to do. */
export interface ApplyOrder extends Omit<RunBeginning, 'images'> {
  /** In order of removal. */
  readonly images: readonly (Omit<RunBeginning['images'][number], 'names'> & {
    readonly names: readonly ImageName[];
    /** Every digest that an engine may call it by. */
    readonly digests: readonly string[];
  })[];
  /** What the plan named and the node, looked at again, does not let go: told in the receipt. */
  readonly refused: readonly (RunBeginning['images'][number] & { readonly reason: string })[];
}

export interface ApplyParts {
  readonly engines: readonly RemovalEngine[];
  readonly journal: RunJournal;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly newLeaseId: () => string;
  /** Waits while the machine is under pressure. Answers a sentence when the run had better stop. */
  readonly pace: (signal: AbortSignal) => Promise<string | undefined>;
  /** `BATCH` when absent. */
  readonly batch?: BatchLimits;
}

/** How much is removed before it is looked again who uses what, and what is free is collected. */
export interface BatchLimits {
  readonly images: number;
  readonly ms: number;
}

/** By measurement: looking again costs as much as some twenty removals where there are 1,500 images. */
const BATCH: BatchLimits = { images: 50, ms: 5_000 };

/** A lease outlives its grace period, and its batch, by this: the agent gives it back and not the engine's own collection. */
const LEASE_MARGIN_MS = 10 * 60_000;
/** What was begun is brought to an end, also when the run is called off meanwhile. */
const LONGEST_BATCH_MS = 5 * 60_000;
const ENDING_MS = 15 * 60_000;

/**
 * Removes what a plan names, a batch of images after the other. Everything is in the journal before it is done. Stops,
 * leaving the rest as it is, when references cannot be read, the time is over, the machine is under pressure or `signal`
 * fires. Without a grace period each batch's space is collected before the next one, in one go.
 * Throws a CleanupError when the journal cannot be written or an image not be brought back: then the run has no end yet,
 * and `recover` finds it.
 */
export async function apply(order: ApplyOrder, parts: ApplyParts, signal: AbortSignal): Promise<void> {
  const { engines, journal, now, batch = BATCH } = parts;
  const begun = now();
  const { images, refused, ...beginning } = order;
  journal.write({
    kind: 'begun',
    version: 1,
    ...beginning,
    images: [
      ...images.map(({ imageId, names, why, predicted }) => ({
        imageId,
        names: names.map(({ name }) => name),
        why,
        predicted,
      })),
      ...refused.map(({ imageId, names, why, predicted }) => ({ imageId, names, why, predicted })),
    ],
  });
  const before = await storageNow(engines, signal).catch(() => undefined);
  const statuses = new Set<string>();
  const watching: RunJournal = {
    write(record) {
      journal.write(record);
      if (record.kind === 'image-ended') statuses.add(record.status);
    },
  };
  const uses = new KnownUses(engines, now);
  const isTimeOver = (): boolean =>
    order.maxSeconds !== undefined && now() - begun >= order.maxSeconds * 1000;

  for (const { imageId, reason } of refused) {
    watching.write({ kind: 'image-ended', imageId, status: 'raced', reason });
  }
  let stop: string | undefined = before === undefined ? 'what is on disk cannot be read' : undefined;
  for (let at = 0; at < images.length;) {
    stop ??= await reasonToStop(order, isTimeOver, parts, signal);
    const image = images[at];
    if (image === undefined) break;
    if (stop !== undefined) {
      watching.write({ kind: 'image-ended', imageId: image.imageId, status: 'skipped', reason: stop });
      at += 1;
      continue;
    }
    const batchBegun = now();
    const removal = {
      engines,
      journal: watching,
      expiresAt: Math.max(begun + order.graceMs, batchBegun) + LEASE_MARGIN_MS,
      newLeaseId: parts.newLeaseId,
      uses,
      isOver: () => signal.aborted || isTimeOver() || now() - batchBegun >= batch.ms,
    };
    let leases: readonly Quarantine[] = [];
    try {
      const time = AbortSignal.timeout(LONGEST_BATCH_MS);
      const removed = await removeBatch(images.slice(at, at + batch.images), removal, time);
      at += removed.ended;
      leases = removed.leases;
    } catch (error) {
      if (error instanceof CleanupError) throw error;
      stop = `the run stopped: ${errorMessage(error)}`;
      watching.write({ kind: 'image-ended', imageId: image.imageId, status: 'failed', reason: stop });
      at += 1;
    }
    if (order.graceMs > 0 || leases.length === 0) continue;
    journal.write({ kind: 'freeing', imageIds: [...new Set(leases.map(({ imageId }) => imageId))] });
    await releaseLeases(engines, leases, AbortSignal.timeout(ENDING_MS));
  }

  // A run that is called off ends here too: what is gone is to be freed and told.
  const ending = AbortSignal.timeout(ENDING_MS);
  if (before !== undefined) await measure(order, before, parts, ending);
  const isWhole = [...statuses].every((status) => status === 'quarantined' || status === 'deleted');
  const isNothing = ![...statuses].some((status) => status === 'quarantined' || status === 'deleted');
  const outcome = isWhole ? 'done' : isNothing ? 'failed' : 'partial';
  journal.write({ kind: 'ended', outcome, ...(stop !== undefined && { reason: stop }) });
}

async function reasonToStop(
  { maxSeconds }: ApplyOrder,
  isTimeOver: () => boolean,
  { pace }: ApplyParts,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted) return 'the run was called off';
  if (isTimeOver()) return `the run had its ${maxSeconds} seconds`;
  return await pace(signal);
}

/** What is gone by now: all of it without a grace period, and what the engine does not keep in any case. */
async function measure(
  { images, graceMs }: ApplyOrder,
  before: Awaited<ReturnType<typeof storageNow>>,
  { engines, journal }: ApplyParts,
  signal: AbortSignal,
): Promise<void> {
  const ids = images.map(({ imageId }) => imageId);
  const measured = measureFreed(before, await storageNow(engines, signal), ids);
  const freed = [...measured].map(([imageId, space]) => ({ imageId, measured: space }));
  const told = graceMs === 0 ? freed : freed.filter(({ measured: { bytes } }) => bytes > 0);
  if (told.length > 0) journal.write({ kind: 'freed', isReleased: graceMs === 0, images: told });
}
