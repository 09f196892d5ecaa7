import { CleanupError } from '../cleanup-error.ts';
import type { Journals } from '../journal/journals.ts';
import type { JournalRecord } from '../journal/records.ts';
import type { RunState } from '../journal/run-state.ts';
import type { RemoverOrder } from '../orders.ts';
import { apply, type ApplyParts } from './apply.ts';
import type { RemovalEngine } from './engine.ts';
import { recover, settle, undo, type UndoResult } from './finish.ts';
import { runJournal, type RunJournal } from './run-journal.ts';

export interface CarryOutParts extends Omit<ApplyParts, 'journal'> {
  readonly engines: readonly RemovalEngine[];
  readonly journals: Journals;
  readonly told: (record: JournalRecord) => void;
}

/** So many runs are remembered. */
const REMEMBERED_RUNS = 500;

/** Carries an order out, after every run that was cut off has been brought to an end. The caller has the run lock. */
export async function carryOut(
  order: RemoverOrder,
  parts: CarryOutParts,
  signal: AbortSignal,
): Promise<UndoResult | undefined> {
  const { engines, journals } = parts;
  const begun = new Set(order.kind === 'undo' ? beingRestored(known(journals, order.runId)) : []);
  for (const run of journals.unfinished()) {
    await withJournal(run.runId, parts, (journal) => recover(run, engines, journal, signal));
  }
  switch (order.kind) {
    case 'recover':
      return undefined;
    case 'apply': {
      if (journals.run(order.order.runId) !== undefined)
        throw new CleanupError('refused', `the run ${order.order.runId} was carried out before`);
      journals.forget(REMEMBERED_RUNS);
      await withJournal(order.order.runId, parts, (journal) =>
        apply(order.order, { ...parts, journal }, signal),
      );
      return undefined;
    }
    case 'undo': {
      const run = known(journals, order.runId);
      const result = await withJournal(order.runId, parts, (journal) =>
        undo(run, order.request, engines, journal, signal),
      );
      const before = run.images.filter(({ imageId, status }) => status === 'restored' && begun.has(imageId));
      return { ...result, restored: [...before.map(({ imageId }) => imageId), ...result.restored] };
    }
    case 'settle': {
      const asked = order.runId === undefined ? [] : [known(journals, order.runId)];
      const due = journals.due(parts.now()).filter(({ runId }) => runId !== order.runId);
      for (const run of [...asked, ...due]) {
        await withJournal(run.runId, parts, (journal) => settle(run, engines, journal, parts.pace, signal));
      }
      return undefined;
    }
  }
}

/** Images that an undo before did not bring to an end: `recover` does. */
function beingRestored({ images }: RunState): readonly string[] {
  return images.filter(({ status }) => status === 'restoring').map(({ imageId }) => imageId);
}

function known(journals: Journals, runId: string): RunState {
  const run = journals.run(runId);
  if (run === undefined) throw new CleanupError('unknown', `this node has no receipt ${runId}`);
  return run;
}

async function withJournal<T>(
  runId: string,
  { journals, now, told }: CarryOutParts,
  use: (journal: RunJournal) => Promise<T>,
): Promise<T> {
  const file = journals.open(runId);
  try {
    return await use(runJournal(file, now, told));
  } finally {
    file.close();
  }
}
