import type { ImageUse } from '../../../core/cleanup/uses.ts';
import type { ImageName } from '../../../core/inventory.ts';
import { CleanupError } from '../cleanup-error.ts';
import type { ImageStatus } from '../journal/records.ts';
import type { Quarantine, SavedName } from '../../runtimes/removal.ts';
import { namesOf, releaseLeases, restoreNames, sameName, saveNames } from './names.ts';
import { usesNow, type RemovalEngine } from './engine.ts';
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

interface Ending {
  readonly status: ImageStatus;
  readonly reason?: string;
}

/**
 * Removes one image by all its names: looks again who uses it, saves its names, has a lease keep it where the engine
 * knows leases, removes, and looks once more. Whatever goes wrong on the way is turned back as far as the engine can.
 * Answers its leases. Throws when the references cannot be read, the journal not written or the image not brought back:
 * then the run must stop. A CleanupError means that the end of this image is open, and for `recover` to find.
 */
export async function removeImage(
  order: RemovalOrder,
  parts: RemovalParts,
  signal: AbortSignal,
): Promise<readonly Quarantine[]> {
  const { engines, journal } = parts;
  const { imageId } = order;
  const end = (ending: Ending): void => journal.write({ kind: 'image-ended', imageId, ...ending });

  const [user] = await usersOf(order, engines, signal);
  if (user !== undefined) {
    end({ status: 'raced', reason: `used by ${user.who} since the plan was made` });
    return [];
  }
  const saved = await saveNames(engines, order.names, signal);
  const obstacle = changeSince(order, saved);
  if (obstacle !== undefined) {
    end(obstacle);
    return [];
  }

  const leases = leasesFor(imageId, saved, parts);
  journal.write({ kind: 'removing', imageId, names: saved, leases });
  const removed: SavedName[] = [];
  let ending: Ending;
  try {
    await keep(engines, leases, saved, signal);
    ending = await removeNames(saved, removed, parts, signal);
    if (ending.status === 'quarantined' || ending.status === 'deleted') {
      ending = (await findSurprise(order, parts, signal)) ?? ending;
    }
  } catch (error) {
    if (error instanceof CleanupError) throw error;
    ending = { status: 'failed', reason: errorMessage(error) };
  }
  if (ending.status === 'quarantined' || ending.status === 'deleted') {
    end(ending);
    return leases;
  }
  end(await turnBack(ending, removed, leases, parts));
  return [];
}

async function usersOf(
  { imageId, digests }: RemovalOrder,
  engines: readonly RemovalEngine[],
  signal: AbortSignal,
): Promise<readonly ImageUse[]> {
  return (await usesNow(engines, signal)).filter(
    (use) => use.imageId === imageId || digests.includes(use.imageId),
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

/** What must not be after all names are gone: a new user, or the image itself. */
async function findSurprise(
  order: RemovalOrder,
  { engines }: RemovalParts,
  signal: AbortSignal,
): Promise<Ending | undefined> {
  const { names } = order;
  const [user] = await usersOf(order, engines, signal);
  if (user !== undefined) {
    return { status: 'raced', reason: `used by ${user.who}, which came while it was removed` };
  }
  const [left] = await saveNames(engines, names, signal);
  if (left === undefined) return undefined;
  const again = names.some((planned) => sameName(planned, left));
  return again
    ? { status: 'failed-silently', reason: `the engine says ${left.name} is removed and still lists it` }
    : { status: 'raced', reason: `it was given the name ${left.name} while it was removed` };
}

/** Brings back what can be, and says what could not. Not called off: half a removal is worse than a late end. */
async function turnBack(
  ending: Ending,
  removed: readonly SavedName[],
  leases: readonly Quarantine[],
  { engines }: RemovalParts,
): Promise<Ending> {
  const signal = AbortSignal.timeout(TURN_BACK_MS);
  try {
    const left = await restoreNames(engines, removed, signal);
    await releaseLeases(engines, leases, signal);
    if (left.length === 0) return ending;
    const names = left.map(({ name }) => name).join(', ');
    return { status: 'untagged', reason: `${ending.reason ?? ending.status}; not brought back: ${names}` };
  } catch (error) {
    const why = `${ending.reason ?? ending.status}, and it could not be brought back yet: ${errorMessage(error)}`;
    throw new CleanupError(
      'failed',
      `${why}; its lease keeps it, and it is tried again with the next run`,
      error,
    );
  }
}

const TURN_BACK_MS = 60_000;
