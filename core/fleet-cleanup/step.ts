import { hasBegun, quota, STAGES, type Rollout, type RolloutNode } from './rollout.ts';
import { surprise, type RunReceipt } from './surprise.ts';

/** What happens to a rollout. `at`: ms since the epoch. */
export type RolloutEvent = { readonly at: number } & (
  | { readonly kind: 'time'; readonly connected: ReadonlySet<string> }
  /** The result of a node's command. */
  | {
      readonly kind: 'applied' | 'undone';
      readonly node: string;
      readonly outcome: 'done' | 'failed' | 'refused' | 'expired';
      readonly message: string;
      readonly receipt?: RunReceipt;
    }
  /** A later word of a run. */
  | { readonly kind: 'receipt'; readonly node: string; readonly receipt: RunReceipt }
  | { readonly kind: 'stop'; readonly why: string }
  | { readonly kind: 'continue' }
  | { readonly kind: 'undo' }
);

/** What to order from which node. */
export interface RolloutOrder {
  readonly kind: 'apply' | 'undo';
  readonly node: string;
}

export interface Step {
  /** The same object when nothing changed; so are the nodes in it that did not change. */
  readonly rollout: Rollout;
  /** Only time brings orders: what is written down before it is done. */
  readonly orders: readonly RolloutOrder[];
}

/** One step of a rollout. Pure. What does not fit its phase changes nothing. */
export function step(rollout: Rollout, event: RolloutEvent): Step {
  switch (event.kind) {
    case 'time':
      return onTime(rollout, event.at, event.connected);
    case 'applied':
      return still(applied(rollout, event));
    case 'undone':
      return still(undone(rollout, event));
    case 'receipt':
      return still(laterReceipt(rollout, event));
    case 'stop':
      return still(isGoing(rollout) ? stopped(rollout, event.why, event.at) : rollout);
    case 'continue':
      return still(continued(rollout, event.at));
    case 'undo':
      return still(undoing(rollout, event.at));
  }
}

function still(rollout: Rollout): Step {
  return { rollout, orders: [] };
}

function isGoing({ phase }: Rollout): boolean {
  return phase === 'running' || phase === 'pausing';
}

function onTime(rollout: Rollout, at: number, connected: ReadonlySet<string>): Step {
  const timely = withoutSilent(rollout, at);
  if (timely.phase === 'undoing') return undoSome(timely, at, connected);
  if (timely.phase === 'running') return beginSome(timely, at, connected);
  if (timely.phase !== 'pausing' || at < (timely.resumeAt ?? 0)) return still(timely);
  const { resumeAt: _, ...rest } = timely;
  return beginSome({ ...rest, phase: 'running', movedAt: at }, at, connected);
}

/** Begins as many as the stage and the bound let, or ends the stage. */
function beginSome(rollout: Rollout, at: number, connected: ReadonlySet<string>): Step {
  const { settings, nodes, stage } = rollout;
  const running = nodes.filter(({ state }) => state === 'running').length;
  const begun = nodes.filter(hasBegun).length;
  const due = quota(rollout, stage) - begun;
  const room = Math.min(due, Math.max(1, settings.atOnce) - running);
  const next = new Set(
    nodes
      .filter(({ node, state }) => state === 'waiting' && connected.has(node))
      .slice(0, Math.max(0, room))
      .map(({ node }) => node),
  );
  if (next.size > 0) {
    const changed = nodes.map((one) =>
      next.has(one.node) ? ({ ...one, state: 'running', stage, begunAt: at } as const) : one,
    );
    const orders = [...next].map((node) => ({ kind: 'apply', node }) as const);
    return { rollout: { ...rollout, movedAt: at, nodes: changed }, orders };
  }
  if (running > 0) return still(rollout);
  const waiting = nodes.some(({ state }) => state === 'waiting');
  if (!waiting) return still({ ...rollout, phase: 'done', movedAt: at });
  if (due <= 0) return still(paused(rollout, begun, at));
  // Who is not connected may come back.
  if (at - rollout.movedAt < settings.answerMs) return still(rollout);
  return still(withoutUnreached(rollout, at));
}

function paused(rollout: Rollout, begun: number, at: number): Rollout {
  let stage = rollout.stage + 1;
  while (stage < STAGES - 1 && quota(rollout, stage) <= begun) stage += 1;
  const resumeAt = at + rollout.settings.pauseMs;
  return { ...rollout, phase: 'pausing', stage, resumeAt, movedAt: at };
}

function withoutUnreached(rollout: Rollout, at: number): Rollout {
  const nodes = rollout.nodes.map((one) =>
    one.state === 'waiting'
      ? ({ ...one, state: 'unreached', why: 'not connected when its turn came' } as const)
      : one,
  );
  return { ...rollout, phase: 'done', nodes, movedAt: at };
}

/** Those that were ordered and said nothing in time have failed. */
function withoutSilent(rollout: Rollout, at: number): Rollout {
  const { answerMs } = rollout.settings;
  let changed = rollout;
  for (const one of rollout.nodes) {
    if (one.state === 'running' && at - (one.begunAt ?? at) > answerMs) {
      const why = 'no result came in time; it may still run';
      changed = stopped(withNode(changed, { ...one, state: 'failed', why }), `${one.node}: ${why}`, at);
    }
    if (one.undo === 'running' && at - (one.undoBegunAt ?? at) > answerMs)
      changed = withNode(changed, { ...one, undo: 'failed', undoWhy: 'no result came in time' });
  }
  return changed;
}

function applied(
  rollout: Rollout,
  { node, outcome, message, receipt, at }: Extract<RolloutEvent, { kind: 'applied' | 'undone' }>,
): Rollout {
  const before = rollout.nodes.find((one) => one.node === node);
  // A result that came too late still tells what there is to undo.
  const isLate = before?.state === 'failed' && before.receiptId === undefined;
  if (before === undefined || (before.state !== 'running' && !isLate)) return rollout;
  const { why: _, ...told } = { ...before, ...(receipt && factsOf(receipt)) };
  // An agent calls a run failed that did not do all of its plan; how much that matters is for the receipt to say.
  const isPartial = outcome === 'failed' && receipt?.outcome === 'partial';
  const isJudged = outcome === 'done' || isPartial;
  const odd = !isJudged
    ? message
    : receipt === undefined
      ? 'it sent no receipt'
      : surprise(receipt, rollout.settings.tolerance);
  const state = odd === undefined ? 'done' : isJudged ? 'surprising' : 'failed';
  const after: RolloutNode = {
    ...told,
    state,
    ...(odd !== undefined && { why: odd }),
    ...(rollout.phase === 'undoing' && canUndo(told, at) && { undo: 'waiting' as const }),
  };
  const changed = { ...withNode(rollout, after), movedAt: at };
  return odd === undefined ? changed : stopped(changed, `${node}: ${odd}`, at);
}

function laterReceipt(
  rollout: Rollout,
  { node, receipt, at }: Extract<RolloutEvent, { kind: 'receipt' }>,
): Rollout {
  const before = rollout.nodes.find((one) => one.node === node);
  if (before?.receiptId !== receipt.runId || before.state === 'running') return rollout;
  const { undoUntil: _, ...rest } = before;
  const told: RolloutNode = { ...rest, ...factsOf(receipt) };
  // What we undo ourselves is no surprise.
  const odd =
    told.state === 'done' && told.undo === undefined
      ? surprise(receipt, rollout.settings.tolerance)
      : undefined;
  if (odd === undefined) return sameNode(before, told) ? rollout : withNode(rollout, told);
  return stopped(withNode(rollout, { ...told, state: 'surprising', why: odd }), `${node}: ${odd}`, at);
}

function undone(
  rollout: Rollout,
  { node, outcome, message, at }: Extract<RolloutEvent, { kind: 'applied' | 'undone' }>,
): Rollout {
  const before = rollout.nodes.find((one) => one.node === node);
  if (before?.undo !== 'running') return rollout;
  const after: RolloutNode =
    outcome === 'done' ? { ...before, undo: 'done' } : { ...before, undo: 'failed', undoWhy: message };
  return { ...withNode(rollout, after), movedAt: at };
}

/** Stops what goes; what is stopped, over or being undone stays so. */
function stopped(rollout: Rollout, why: string, at: number): Rollout {
  if (!isGoing(rollout)) return rollout;
  const { resumeAt: _, ...rest } = rollout;
  return { ...rest, phase: 'stopped', why, movedAt: at };
}

function continued(rollout: Rollout, at: number): Rollout {
  const isLeft = rollout.nodes.some(({ state }) => state === 'waiting' || state === 'unreached');
  if ((rollout.phase !== 'stopped' && rollout.phase !== 'done') || !isLeft) return rollout;
  const { why: _, ...rest } = rollout;
  const nodes = rollout.nodes.map((one) => {
    if (one.state !== 'unreached') return one;
    const { why: __, ...again } = one;
    return { ...again, state: 'waiting' as const };
  });
  return { ...rest, phase: 'running', nodes, movedAt: at };
}

function undoing(rollout: Rollout, at: number): Rollout {
  if (rollout.phase === 'undoing') return rollout;
  const { resumeAt: _, ...rest } = rollout;
  const nodes = rollout.nodes.map((one) => {
    if (!canUndo(one, at) || one.undo === 'done') return one;
    const { undoWhy: __, undoBegunAt: ___, ...again } = one;
    return { ...again, undo: 'waiting' as const };
  });
  return { ...rest, phase: 'undoing', undoRound: rollout.undoRound + 1, nodes, movedAt: at };
}

function undoSome(rollout: Rollout, at: number, connected: ReadonlySet<string>): Step {
  const { settings, nodes } = rollout;
  let room =
    Math.max(1, settings.atOnce) -
    nodes.filter((one) => one.state === 'running' || one.undo === 'running').length;
  const orders: RolloutOrder[] = [];
  const changed = nodes.map((one): RolloutNode => {
    if (one.undo !== 'waiting') return one;
    if ((one.undoUntil ?? 0) <= at)
      return { ...one, undo: 'failed', undoWhy: 'its grace period ended before it could be reached' };
    if (room <= 0 || !connected.has(one.node)) return one;
    room -= 1;
    orders.push({ kind: 'undo', node: one.node });
    return { ...one, undo: 'running', undoBegunAt: at };
  });
  const isOpen = changed.some(
    ({ state, undo }) => state === 'running' || undo === 'waiting' || undo === 'running',
  );
  if (!isOpen) return still({ ...rollout, phase: 'undone', nodes: changed, movedAt: at });
  const isSame = changed.every((one, index) => one === nodes[index]);
  return { rollout: isSame ? rollout : { ...rollout, nodes: changed, movedAt: at }, orders };
}

function canUndo({ receiptId, undoUntil = 0 }: RolloutNode, at: number): boolean {
  return receiptId !== undefined && undoUntil > at;
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

function withNode(rollout: Rollout, node: RolloutNode): Rollout {
  return { ...rollout, nodes: rollout.nodes.map((one) => (one.node === node.node ? node : one)) };
}
