import { setTimeout as sleep } from 'node:timers/promises';
import { CleanupError } from '../cleanup/cleanup-error.ts';
import type { RunState } from '../cleanup/journal/run-state.ts';
import type { CleanupService } from './cleanup-service.ts';

/** How far a run is: images whose end is known, of all. */
export interface RunProgress {
  readonly runId: string;
  readonly issuer: string;
  readonly done: number;
  readonly total: number;
}

const POLL_MS = 250;

/**
 * Follows a run by its journal, whoever began it, and answers its receipt when it is over. Without an ID: the one that goes
 * on now. Throws a CleanupError when there is none.
 */
export async function watchRun(
  cleanup: Pick<CleanupService, 'history' | 'receipt'>,
  runId: string | undefined,
  onProgress: (progress: RunProgress) => void,
  signal: AbortSignal,
): Promise<RunState> {
  const id = runId ?? cleanup.history().find(({ outcome }) => outcome === undefined)?.runId;
  if (id === undefined)
    throw new CleanupError('unknown', 'no cleanup goes on here; see: tallyman cleanup history');
  let told = -1;
  for (;;) {
    const run = cleanup.receipt(id);
    const done = run.images.filter(({ status }) => status !== 'planned' && status !== 'removing').length;
    if (done !== told) onProgress({ runId: id, issuer: run.issuer, done, total: run.images.length });
    told = done;
    if (run.outcome !== undefined) return run;
    await sleep(POLL_MS, undefined, { signal });
  }
}
