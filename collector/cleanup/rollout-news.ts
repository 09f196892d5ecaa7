import { rolloutCommandId, type RolloutNode } from '../../core/fleet-cleanup/rollout.ts';
import type { NodeEvent } from '../../core/fleet-cleanup/told.ts';
import type { CommandView, ReceiptView } from '../store/fleet-orders.ts';
import type { Store } from '../store/store.ts';
import type { CommandDesk } from './command-desk.ts';
import { readRunId } from './node-plan.ts';
import type { KeptRollout } from './rollout-book.ts';

export interface NewsParts {
  readonly store: Pick<Store, 'commandDetail' | 'receipts' | 'receiptsOf'>;
  readonly desk: Pick<CommandDesk, 'look'>;
  readonly clock: () => number;
}

/** Receipts of a node that are looked through for the one of a plan. */
const RECENT_RECEIPTS = 20;

/** A result is awaited of it. */
export function isAwaited(one: RolloutNode): boolean {
  return isRunAwaited(one) || one.undo === 'running';
}

/** Its run may yet change: its grace period is not over. */
export function mayChange({ receiptId, undoUntil }: RolloutNode): boolean {
  return receiptId !== undefined && undoUntil !== undefined;
}

/** What became of these nodes of a rollout, told in their order: few, for all is read in one go. */
export async function newsOf(
  { id, rollout: { undoRound } }: Pick<KeptRollout, 'id' | 'rollout'>,
  nodes: readonly RolloutNode[],
  { store, desk, clock }: NewsParts,
): Promise<readonly NodeEvent[]> {
  const at = clock();
  const runs = nodes.filter(isRunAwaited);
  const undos = nodes.filter(({ undo }) => undo === 'running');
  const idOf = (kind: 'apply' | 'undo', { node }: RolloutNode): string =>
    rolloutCommandId(id, { kind, node }, undoRound);
  const ids = [...runs.map((one) => idOf('apply', one)), ...undos.map((one) => idOf('undo', one))];
  const views = ids.length === 0 ? new Map<string, CommandView>() : await desk.look(ids);
  const events: NodeEvent[] = [];
  for (const one of runs) {
    const result = resultOf(views.get(idOf('apply', one)));
    if (result === undefined) continue;
    const { outcome, message } = result;
    const receipt = await receiptOf(store, one, result.view);
    events.push({ kind: 'applied', node: one.node, outcome, message, ...(receipt && { receipt }), at });
  }
  for (const one of undos) {
    const result = resultOf(views.get(idOf('undo', one)));
    if (result === undefined) continue;
    events.push({ kind: 'undone', node: one.node, outcome: result.outcome, message: result.message, at });
  }
  const changing = nodes.flatMap(({ node, receiptId, ...one }) =>
    receiptId !== undefined && mayChange({ node, receiptId, ...one }) ? { node, runId: receiptId } : [],
  );
  const receipts = changing.length === 0 ? [] : await store.receiptsOf(changing);
  for (const receipt of receipts) events.push({ kind: 'receipt', node: receipt.node, receipt, at });
  return events;
}

function isRunAwaited({ state, receiptId }: RolloutNode): boolean {
  return state === 'running' || (state === 'failed' && receiptId === undefined);
}

function resultOf(view: CommandView | undefined) {
  // That a command expired without a word says nothing of what it did.
  if (view?.finishedAt === undefined || view.state === 'waiting' || view.state === 'sent') return undefined;
  return { view, outcome: view.state, message: view.message ?? '' };
}

/** The run that a command came to: by its result, or else by its plan, when the result had no room for it. */
async function receiptOf(
  store: NewsParts['store'],
  { node, planId }: RolloutNode,
  { id, hasDetail }: CommandView,
): Promise<ReceiptView | undefined> {
  const detail = hasDetail ? await store.commandDetail(id) : undefined;
  const runId = detail && readRunId(detail);
  if (runId !== undefined) return (await store.receiptsOf([{ node, runId }]))[0];
  const { items } = await store.receipts({ node }, { limit: RECENT_RECEIPTS });
  return items.find((receipt) => receipt.planId === planId);
}
