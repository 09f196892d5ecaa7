import { measureFreed } from '../../../core/cleanup/measure.ts';
import type { ImageRun, RunState } from '../journal/run-state.ts';
import { quarantined } from '../journal/run-state.ts';
import type { ApplyParts } from './apply.ts';
import { storageNow, type RemovalEngine } from './engine.ts';
import { releaseLeases, restoreNames, saveNames } from './names.ts';
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

/** Brings quarantined images back by their names. One that fails does not keep the others. */
export async function undo(
  run: RunState,
  request: UndoRequest,
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  signal: AbortSignal,
): Promise<UndoResult> {
  const restored: string[] = [];
  const problems: string[] = [];
  for (const image of quarantined(run)) {
    if (request.imageIds !== undefined && !request.imageIds.includes(image.imageId)) continue;
    try {
      const left = await restoreNames(engines, image.saved, signal);
      const reason =
        left.length === 0 ? request.reason : `${request.reason}; not made again: ${listed(left)}`;
      // The names keep it from now on. Cut off here, it is still quarantined by the journal, and the next undo finds
      // it whole; written down before, nobody would know of the lease any more.
      await releaseLeases(engines, image.leases, signal);
      journal.write({ kind: 'restored', imageId: image.imageId, issuer: request.issuer, reason });
      restored.push(image.imageId);
    } catch (error) {
      problems.push(`${image.names[0] ?? image.imageId}: ${errorMessage(error)}`);
    }
  }
  return { restored, problems };
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
  const kept = quarantined(run);
  if (kept.length === 0) return;
  const before = await storageNow(engines, signal);
  const images: ImageRun[] = [];
  // Called off meanwhile, it still tells what is gone by then.
  const ending = AbortSignal.timeout(ENDING_MS);
  while (images.length < kept.length && (await pace(signal)) === undefined && !signal.aborted) {
    const some = kept.slice(images.length, images.length + RELEASED_AT_ONCE);
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
 * alone. Can itself be cut off and done again.
 */
export async function recover(
  run: RunState,
  engines: readonly RemovalEngine[],
  journal: RunJournal,
  signal: AbortSignal,
): Promise<void> {
  for (const image of run.images) {
    if (image.status === 'planned') {
      const reason = 'the run was cut off before it';
      journal.write({ kind: 'image-ended', imageId: image.imageId, status: 'skipped', reason });
    } else if (image.status === 'removing') {
      journal.write({
        kind: 'image-ended',
        imageId: image.imageId,
        ...(await turnBack(image, engines, signal)),
      });
    }
  }
  journal.write({ kind: 'ended', outcome: 'interrupted', reason: 'the run was cut off' });
}

async function turnBack(
  image: ImageRun,
  engines: readonly RemovalEngine[],
  signal: AbortSignal,
): Promise<{ readonly status: 'restored' | 'deleted' | 'untagged'; readonly reason: string }> {
  let left: readonly { readonly name: string }[];
  let lost = 'the run was cut off after its removal';
  try {
    left = await restoreNames(engines, image.saved, signal);
  } catch (error) {
    // Gone for good: trying again would only keep every later run from beginning.
    if (!(error instanceof RuntimeError) || error.code !== 'not-found') throw error;
    left = image.saved;
    lost = `the run was cut off, and it could not be brought back: ${error.message}`;
  }
  await releaseLeases(engines, image.leases, signal);
  const names = await saveNames(engines, image.saved, signal);
  if (names.length === image.saved.length)
    return { status: 'restored', reason: 'the run was cut off, and it was brought back' };
  if (names.length === 0) return { status: 'deleted', reason: lost };
  return { status: 'untagged', reason: `the run was cut off; not brought back: ${listed(left)}` };
}

function listed(names: readonly { readonly name: string }[]): string {
  return names.map(({ name }) => name).join(', ');
}
