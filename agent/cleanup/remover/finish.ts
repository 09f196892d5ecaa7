import { measureFreed } from '../../../core/cleanup/measure.ts';
import type { ImageRun, RunState } from '../journal/run-state.ts';
import { quarantined } from '../journal/run-state.ts';
import { CleanupError } from '../cleanup-error.ts';
import type { ApplyParts } from './apply.ts';
import { storageNow, type RemovalEngine } from './engine.ts';
import { releaseLeases, restoreNames, sameName, saveNames } from './names.ts';
import type { RunJournal } from './run-journal.ts';
import { errorMessage } from '../../../platform/error-message.ts';
import { RuntimeError } from '../../runtimes/runtime.ts';

/** Who asks for images to be brought back. */
export interface UndoRequest {
  readonly issuer: string;
  /** A sentence's end: `asked for again by container web-2`. */
  readonly reason: string;
  /** Only these; all that can be when absent. */
  readonly imageIds?: readonly string[];
}

/** What undo came to. */
export interface UndoResult {
  readonly restored: readonly string[];
  /** Sentences: what could not be brought back, and why. */
  readonly problems: readonly string[];
}

/** Brings quarantined images back by their names. One that fails does not keep the others, and is tried again by `recover`. */
export async function undo(
  run: RunState,
  request: UndoRequest,
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  signal: AbortSignal,
): Promise<UndoResult> {
  const restored: string[] = [];
  const problems: string[] = [];
  const { issuer, reason } = request;
  for (const image of quarantined(run)) {
    const { imageId } = image;
    if (request.imageIds !== undefined && !request.imageIds.includes(imageId)) continue;
    journal.write({ kind: 'restoring', imageId, issuer, reason });
    try {
      await bringBack({ ...image, undo: { issuer, reason } }, engines, journal, signal);
      restored.push(imageId);
    } catch (error) {
      if (error instanceof CleanupError) throw error;
      problems.push(`${image.names[0] ?? imageId}: ${errorMessage(error)}`);
    }
  }
  return { restored, problems };
}

async function bringBack(
  { imageId, saved, leases, undo: request }: ImageRun,
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  signal: AbortSignal,
): Promise<void> {
  const left = await restoreNames(engines, saved, signal);
  // The names keep it from now on.
  await releaseLeases(engines, leases, signal);
  const { issuer = '', reason = '' } = request ?? {};
  const told = left.length === 0 ? reason : `${reason}; not made again: ${listed(left)}`;
  journal.write({ kind: 'restored', imageId, issuer, reason: told });
}

/** So many images' leases are given back before the engine's collection is waited for. */
const RELEASED_AT_ONCE = 25;
const ENDING_MS = 60 * 60_000;

/**
 * Frees what a run's grace period kept: gives the leases back, some at a time, waits for each collection, and measures.
 * What `pace` says no to is left for the next time.
 */
export async function settle(
  run: RunState,
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  pace: ApplyParts['pace'],
  signal: AbortSignal,
): Promise<void> {
  await free(quarantined(run), engines, journal, pace, signal);
}

async function free(
  kept: readonly ImageRun[],
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  pace: ApplyParts['pace'],
  signal: AbortSignal,
): Promise<void> {
  if (kept.length === 0) return;
  const before = await storageNow(engines, signal);
  const images: ImageRun[] = [];
  // Called off meanwhile, it still tells what is gone by then.
  const ending = AbortSignal.timeout(ENDING_MS);
  while (images.length < kept.length && (await pace(signal)) === undefined && !signal.aborted) {
    const some = kept.slice(images.length, images.length + RELEASED_AT_ONCE);
    journal.write({ kind: 'freeing', imageIds: some.map(({ imageId }) => imageId) });
    await releaseLeases(
      engines,
      some.flatMap(({ leases }) => leases),
      ending,
    );
    images.push(...some);
  }
  if (images.length === 0) return;
  const after = await storageNow(engines, ending);
  const measured = measureFreed(
    before,
    after,
    images.map(({ imageId }) => imageId),
  );
  journal.write({
    kind: 'freed',
    isReleased: true,
    images: [...measured].map(([imageId, space]) => ({ imageId, measured: space })),
  });
}

/**
 * Brings a run that was cut off to an end: what was begun is turned back where the engine can, what was not begun is left
 * alone; what was being freed or brought back later is freed or brought back. Can itself be cut off and done again.
 */
export async function recover(
  run: RunState,
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  signal: AbortSignal,
): Promise<void> {
  for (const image of run.images) {
    const { imageId, status } = image;
    if (status === 'planned') {
      const reason = 'the run was cut off before it';
      journal.write({ kind: 'image-ended', imageId, status: 'skipped', reason });
    } else if (status === 'removing') {
      journal.write({ kind: 'image-ended', imageId, ...(await turnBack(image, engines, signal)) });
    } else if (status === 'restoring') {
      await bringBackOrGiveUp(image, engines, journal, signal);
    }
  }
  const freeing = run.images.filter(({ status }) => status === 'freeing');
  await free(freeing, engines, journal, async () => undefined, signal);
  if (run.outcome !== undefined) return;
  journal.write({ kind: 'ended', outcome: 'interrupted', reason: 'the run was cut off' });
}

/** What is gone for good is said to be: trying again would only keep every later run from beginning. */
async function bringBackOrGiveUp(
  image: ImageRun,
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  signal: AbortSignal,
): Promise<void> {
  try {
    await bringBack(image, engines, journal, signal);
  } catch (error) {
    if (!isGoneForGood(error)) throw error;
    await releaseLeases(engines, image.leases, signal);
    const reason = `it could not be brought back: ${error.message}`;
    journal.write({ kind: 'image-ended', imageId: image.imageId, status: 'deleted', reason });
  }
}

function isGoneForGood(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError && error.code === 'not-found';
}

async function turnBack(
  image: ImageRun,
  engines: readonly RemovalEngine[],
  signal: AbortSignal,
): Promise<{ readonly status: 'restored' | 'deleted' | 'untagged'; readonly reason: string }> {
  let lost = 'the run was cut off after its removal';
  try {
    await restoreNames(engines, image.saved, signal);
  } catch (error) {
    if (!isGoneForGood(error)) throw error;
    lost = `the run was cut off, and it could not be brought back: ${error.message}`;
  }
  await releaseLeases(engines, image.leases, signal);
  // With the names that it got from others meanwhile.
  const now = await saveNames(engines, image.saved, signal);
  const own = now.filter((name) =>
    image.saved.some((one) => one.engine === name.engine && one.target === name.target),
  );
  const away = image.saved.filter(
    (one) => !own.some((name) => sameName(name, one) && name.target === one.target),
  );
  if (away.length === 0)
    return { status: 'restored', reason: 'the run was cut off, and it was brought back' };
  if (own.length === 0) return { status: 'deleted', reason: lost };
  return { status: 'untagged', reason: `the run was cut off; not brought back: ${listed(away)}` };
}

function listed(names: readonly { readonly name: string }[]): string {
  return names.map(({ name }) => name).join(', ');
}
