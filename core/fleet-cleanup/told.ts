import { canUndo, stopped, type Rollout, type RolloutNode } from './rollout.ts';
import { surprise, type RunReceipt } from './surprise.ts';

/** What a node of a rollout told. `at`: ms since the epoch. */
export type NodeEvent = { readonly at: number; readonly node: string } &
  /** The result of a node's command. */
  (
    | {
        readonly kind: 'applied' | 'undone';
        readonly outcome: 'done' | 'failed' | 'refused' | 'expired';
        readonly message: string;
        readonly receipt?: RunReceipt;
      }
    /** A later word of a run. */
    | { readonly kind: 'receipt'; readonly receipt: RunReceipt }
  );

type ResultEvent = Extract<NodeEvent, { readonly kind: 'applied' | 'undone' }>;
type ReceiptEvent = Extract<NodeEvent, { readonly kind: 'receipt' }>;

/** Where each node of a rollout stands in it, by name: the same for as long as the rollout lasts. */
export type Places = ReadonlyMap<string, number>;

export function placesOf({ nodes }: Rollout): Places {
  return new Map(nodes.map(({ node }, place) => [node, place]));
}

/**
 * The rollout after its nodes told this, one thing after the other. Pure. No event costs more for there being many nodes. The
 * same object when nothing changed; so are the nodes in it that did not change. What does not fit changes nothing.
 */
export function told(rollout: Rollout, events: Iterable<NodeEvent>, places: Places): Rollout {
  let after = rollout;
  let nodes: RolloutNode[] | undefined;
  for (const event of events) {
    const place = places.get(event.node) ?? -1;
    const before = (nodes ?? rollout.nodes)[place];
    const change = before && changeOf(after, before, event);
    if (change === undefined) continue;
    nodes ??= [...rollout.nodes];
    nodes[place] = change.node;
    if (change.hasMoved) after = { ...after, movedAt: event.at };
    if (change.odd !== undefined) after = stopped(after, `${event.node}: ${change.odd}`, event.at);
  }
  return nodes === undefined ? rollout : { ...after, nodes };
}

/** What becomes of one node. */
interface NodeChange {
  readonly node: RolloutNode;
  /** Something of it came to its end. */
  readonly hasMoved: boolean;
  /** Why the rollout has to stop. */
  readonly odd?: string | undefined;
}

/** `rollout`: its own words; its nodes may be of before. */
function changeOf(rollout: Rollout, before: RolloutNode, event: NodeEvent): NodeChange | undefined {
  switch (event.kind) {
    case 'applied':
      return applied(rollout, before, event);
    case 'undone':
      return undone(before, event);
    case 'receipt':
      return laterReceipt(rollout, before, event);
  }
}

function applied(
  { phase, settings }: Rollout,
  before: RolloutNode,
  { outcome, message, receipt, at }: ResultEvent,
): NodeChange | undefined {
  // A result that came too late still tells what there is to undo.
  const isLate = before.state === 'failed' && before.receiptId === undefined;
  if (before.state !== 'running' && !isLate) return undefined;
  const { why: _, ...known } = { ...before, ...(receipt && factsOf(receipt)) };
  // An agent calls a run failed that did not do all of its plan; how much that matters is for the receipt to say.
  const isPartial = outcome === 'failed' && receipt?.outcome === 'partial';
  const isJudged = outcome === 'done' || isPartial;
  const odd = !isJudged
    ? message
    : receipt === undefined
      ? 'it sent no receipt'
      : surprise(receipt, settings.tolerance);
  const state = odd === undefined ? 'done' : isJudged ? 'surprising' : 'failed';
  // It is asked for again as long as there is no receipt, and says the same.
  if (isLate && state === 'failed' && receipt === undefined && before.why === odd) return undefined;
  const node: RolloutNode = {
    ...known,
    state,
    ...(odd !== undefined && { why: odd }),
    ...(phase === 'undoing' && canUndo(known, at) && { undo: 'waiting' as const }),
  };
  return { node, hasMoved: true, odd };
}

function laterReceipt(
  { settings }: Rollout,
  before: RolloutNode,
  { receipt }: ReceiptEvent,
): NodeChange | undefined {
  if (before.receiptId !== receipt.runId || before.state === 'running') return undefined;
  const { undoUntil: _, ...rest } = before;
  const node: RolloutNode = { ...rest, ...factsOf(receipt) };
  // What we undo ourselves is no surprise.
  const isWatched = node.state === 'done' && node.undo === undefined;
  const odd = isWatched ? surprise(receipt, settings.tolerance) : undefined;
  if (odd !== undefined) return { node: { ...node, state: 'surprising', why: odd }, hasMoved: false, odd };
  return sameNode(before, node) ? undefined : { node, hasMoved: false };
}

function undone(before: RolloutNode, { outcome, message }: ResultEvent): NodeChange | undefined {
  if (before.undo !== 'running') return undefined;
  const node: RolloutNode =
    outcome === 'done' ? { ...before, undo: 'done' } : { ...before, undo: 'failed', undoWhy: message };
  return { node, hasMoved: true };
}

function factsOf(receipt: RunReceipt): Partial<RolloutNode> {
  const { runId, undoUntil, measuredBytes, items } = receipt;
  const removed = items.filter(({ status }) => status === 'quarantined' || status === 'deleted').length;
  return {
    receiptId: runId,
    ...(undoUntil !== undefined && { undoUntil }),
    removed,
    measuredBytes,
  };
}

function sameNode(one: RolloutNode, other: RolloutNode): boolean {
  return (
    one.undoUntil === other.undoUntil &&
    one.removed === other.removed &&
    one.measuredBytes === other.measuredBytes
  );
}
