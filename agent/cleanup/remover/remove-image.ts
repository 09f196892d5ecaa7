import type { ImageUse } from '../../../core/cleanup/uses.ts';
import type { ImageName } from '../../../core/inventory.ts';
import { CleanupError } from '../cleanup-error.ts';
import type { ImageStatus } from '../journal/records.ts';
import type { Quarantine, SavedName } from '../../runtimes/removal.ts';
import { namesOf, releaseLeases, restoreNames, sameName } from './names.ts';
import type { RemovalEngine } from './engine.ts';
import type { RunJournal } from './run-journal.ts';
import { errorMessage } from '../../../platform/error-message.ts';

export interface RemovalOrder {
  readonly imageId: string;
  /** Every name by the plan. */
  readonly names: readonly ImageName[];
  /** Every digest that an engine may call it by. */
  readonly digests: readonly string[];
}

export interface RemovalParts {
  readonly engines: readonly RemovalEngine[];
  readonly journal: RunJournal;
  /** ms since the epoch: how long its leases keep a removed image. */
  readonly expiresAt: number;
  readonly newLeaseId: () => string;
}

/** What an image comes to. */
interface Ending {
  readonly status: ImageStatus;
  readonly reason?: string;
}

/** An image whose names are gone, and whose end is not written down yet. */
export interface OpenRemoval {
  readonly order: RemovalOrder;
  readonly removed: readonly SavedName[];
  readonly leases: readonly Quarantine[];
  readonly ending: Ending;
}

/** What the node is like right before an image goes, or after it. */
export interface Look {
  readonly uses: readonly ImageUse[];
  /** Of several images: those of this one are taken out by `namesBehind`. */
  readonly saved: readonly SavedName[];
}

/**
 * Removes one image by all its names: writes them down, has a lease keep it where the engine knows leases, and removes.
 * Whatever goes wrong on the way is turned back as far as the engine can, and is the image's end; then nothing is answered.
 * Throws a CleanupError when the journal cannot be written or the image not be brought back: then the run must stop, the
 * end of this image is open, and for `recover` to find.
 */
export async function beginRemoval(
  order: RemovalOrder,
  { uses, saved: all }: Look,
  parts: RemovalParts,
  signal: AbortSignal,
): Promise<OpenRemoval | undefined> {
  const { engines, journal } = parts;
  const { imageId } = order;
  const [user] = usersOf(order, uses);
  const saved = namesBehind(order, all);
  const obstacle: Ending | undefined =
    user === undefined
      ? changeSince(order, saved)
      : { status: 'raced', reason: `used by ${user.who} since the plan was made` };
  if (obstacle !== undefined) {
    journal.write({ kind: 'image-ended', imageId, ...obstacle });
    return undefined;
  }

  const leases = leasesFor(imageId, saved, parts);
  journal.write({ kind: 'removing', imageId, names: saved, leases });
  const removed: SavedName[] = [];
  let ending: Ending;
  try {
    await keep(engines, leases, saved, signal);
    ending = await removeNames(saved, removed, parts, signal);
  } catch (error) {
    ending = { status: 'failed', reason: errorMessage(error) };
  }
  const open = { order, removed, leases, ending };
  if (isGone(ending)) return open;
  await turnBack(open, ending, parts);
  return undefined;
}

/**
 * Writes down that an image is removed, or brings it back when the look after it says so. Answers the leases that keep
 * it. Throws as `beginRemoval` does.
 */
export async function endRemoval(
  open: OpenRemoval,
  surprise: Ending | undefined,
  parts: RemovalParts,
): Promise<readonly Quarantine[]> {
  if (surprise !== undefined) {
    await turnBack(open, surprise, parts);
    return [];
  }
  parts.journal.write({ kind: 'image-ended', imageId: open.order.imageId, ...open.ending });
  return open.leases;
}

/** What must not be after all names are gone: a new user, or the image itself. */
export function surpriseIn({ order }: OpenRemoval, { uses, saved }: Look): Ending | undefined {
  const [user] = usersOf(order, uses);
  if (user !== undefined) {
    return { status: 'raced', reason: `used by ${user.who}, which came while it was removed` };
  }
  const [left] = namesBehind(order, saved);
  if (left === undefined) return undefined;
  const again = order.names.some((planned) => sameName(planned, left));
  return again
    ? { status: 'failed-silently', reason: `the engine says ${left.name} is removed and still lists it` }
    : { status: 'raced', reason: `it was given the name ${left.name} while it was removed` };
}

function usersOf({ imageId, digests }: RemovalOrder, uses: readonly ImageUse[]): readonly ImageUse[] {
  return uses.filter((use) => use.imageId === imageId || digests.includes(use.imageId));
}

/** What is saved of one image: its names as planned, and every other name that points at what one of them was to. */
function namesBehind({ names }: RemovalOrder, saved: readonly SavedName[]): readonly SavedName[] {
  return saved.filter((one) =>
    names.some((name) => sameName(name, one) || (name.engine === one.engine && name.target === one.target)),
  );
}

/** Why the image is not what the plan meant any more. */
function changeSince({ names }: RemovalOrder, saved: readonly SavedName[]): Ending | undefined {
  if (saved.length === 0) return { status: 'skipped', reason: 'it was gone already' };
  const stranger = saved.find((name) => !names.some((planned) => sameName(planned, name)));
  if (stranger !== undefined) {
    return { status: 'raced', reason: `it was given the name ${stranger.name} since the plan was made` };
  }
  const moved = saved.find((name) =>
    names.some((planned) => sameName(planned, name) && planned.target !== name.target),
  );
  if (moved === undefined) return undefined;
  return { status: 'raced', reason: `${moved.name} points at another image since the plan was made` };
}

/** A lease in each namespace of an engine that knows leases. */
function leasesFor(
  imageId: string,
  saved: readonly SavedName[],
  { engines, expiresAt, newLeaseId }: RemovalParts,
): readonly Quarantine[] {
  const keeping = engines.filter(({ removal }) => removal.quarantine !== undefined);
  const namespaces = new Set(
    keeping.flatMap((engine) => namesOf(engine, saved).map((name) => name.namespace)),
  );
  return [...namespaces].map((namespace) => ({ namespace, imageId, leaseId: newLeaseId(), expiresAt }));
}

async function keep(
  engines: readonly RemovalEngine[],
  leases: readonly Quarantine[],
  saved: readonly SavedName[],
  signal: AbortSignal,
): Promise<void> {
  for (const engine of engines) {
    for (const lease of engine.removal.quarantine === undefined ? [] : leases) {
      const targets = namesOf(engine, saved)
        .filter(({ namespace }) => namespace === lease.namespace)
        .map(({ target }) => target);
      await engine.removal.quarantine?.keep(lease, [...new Set(targets)], signal);
    }
  }
}

/** Removes the names one by one; `removed` has those that are gone, whatever the end. */
async function removeNames(
  saved: readonly SavedName[],
  removed: SavedName[],
  { engines }: RemovalParts,
  signal: AbortSignal,
): Promise<Ending> {
  let isKept = false;
  for (const engine of engines) {
    for (const name of namesOf(engine, saved)) {
      const result = await engine.removal.remove(name, false, signal);
      if (result.kind === 'in-use') return { status: 'conflict', reason: result.message };
      if (result.kind === 'changed') {
        return { status: 'raced', reason: `${name.name} points at another image by now` };
      }
      if (result.kind === 'removed') removed.push(name);
      isKept ||= engine.removal.quarantine !== undefined;
    }
  }
  return { status: isKept ? 'quarantined' : 'deleted' };
}

function isGone({ status }: Ending): boolean {
  return status === 'quarantined' || status === 'deleted';
}

/** Brings back what can be, and says what could not. Not called off: half a removal is worse than a late end. */
async function turnBack(
  { order: { imageId }, removed, leases }: OpenRemoval,
  { status, reason = status }: Ending,
  { engines, journal }: RemovalParts,
): Promise<void> {
  const signal = AbortSignal.timeout(TURN_BACK_MS);
  let left: readonly ImageName[];
  try {
    left = await restoreNames(engines, removed, signal);
    await releaseLeases(engines, leases, signal);
  } catch (error) {
    const why = `${reason}, and it could not be brought back yet: ${errorMessage(error)}`;
    throw new CleanupError(
      'failed',
      `${why}; ${leases.length > 0 ? 'its lease keeps it, and ' : ''}it is tried again with the next run`,
      error,
    );
  }
  const names = left.map(({ name }) => name).join(', ');
  const ending: Ending =
    left.length === 0
      ? { status, reason }
      : { status: 'untagged', reason: `${reason}; not brought back: ${names}` };
  journal.write({ kind: 'image-ended', imageId, ...ending });
}

const TURN_BACK_MS = 60_000;
