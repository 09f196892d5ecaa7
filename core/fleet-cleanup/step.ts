import {
  canUndo,
  hasBegun,
  isGoing,
  quota,
  STAGES,
  stopped,
  type Rollout,
  type RolloutNode,
} from './rollout.ts';

/** What happens to a rollout beside what its nodes tell. `at`: ms since the epoch. */
export type RolloutEvent = { readonly at: number } & (
  | { readonly kind: 'time'; readonly connected: ReadonlySet<string> }
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

function onTime(rollout: Rollout, at: number, connected: ReadonlySet<string>): Step {
  const timely = withoutSilent(withoutFuture(rollout, at), at);
  if (timely.phase === 'undoing') return undoSome(timely, at, connected);
  if (timely.phase === 'running') return beginSome(timely, at, connected);
  if (timely.phase !== 'pausing' || at < (timely.resumeAt ?? 0)) return still(timely);
  const { resumeAt: _, ...rest } = timely;
  return beginSome({ ...rest, phase: 'running', movedAt: at }, at, connected);
}

/** Begins as many as the stage and the bound let, or ends the stage. */
function beginSome(rollout: Rollout, at: number, connected: ReadonlySet<string>): Step {
  const { settings, nodes, stage } = rollout;
  let running = 0;
  let begun = 0;
  let waiting = 0;
  for (const one of nodes) {
    if (one.state === 'waiting') waiting += 1;
    else if (hasBegun(one)) begun += 1;
    if (one.state === 'running') running += 1;
  }
  const due = quota(rollout, stage) - begun;
  const room = Math.min(due, Math.max(1, settings.atOnce) - running);
  const next = placesToBegin(nodes, room, connected);
  if (next.length > 0) {
    const changed = [...nodes];
    const orders: RolloutOrder[] = [];
    for (const [place, one] of next) {
      changed[place] = { ...one, state: 'running', stage, begunAt: at };
      orders.push({ kind: 'apply', node: one.node });
    }
    return { rollout: { ...rollout, movedAt: at, nodes: changed }, orders };
  }
  if (running > 0) return still(rollout);
  if (waiting === 0) return still({ ...rollout, phase: 'done', movedAt: at });
  if (due <= 0) return still(paused(rollout, begun, at));
  // Who is not connected may come back.
  if (at - rollout.movedAt < settings.answerMs) return still(rollout);
  return still(withoutUnreached(rollout, at));
}

/** The first that wait and are there. */
function placesToBegin(
  nodes: readonly RolloutNode[],
  most: number,
  connected: ReadonlySet<string>,
): (readonly [number, RolloutNode])[] {
  const found: (readonly [number, RolloutNode])[] = [];
  for (const [place, one] of nodes.entries()) {
    if (found.length >= most) break;
    if (one.state === 'waiting' && connected.has(one.node)) found.push([place, one]);
  }
  return found;
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

/**
 * What began or is to go on later than the clock says, since it was set back or another collector's was ahead, is counted from
 * now on: nothing is waited for longer than it may take.
 */
function withoutFuture(rollout: Rollout, at: number): Rollout {
  if (rollout.movedAt <= at) return rollout;
  const { resumeAt, settings } = rollout;
  const nodes = rollout.nodes.map(({ begunAt = 0, undoBegunAt = 0, ...one }, place): RolloutNode => {
    const same = rollout.nodes[place];
    if (same !== undefined && begunAt <= at && undoBegunAt <= at) return same;
    return {
      ...one,
      ...(begunAt > 0 && { begunAt: Math.min(begunAt, at) }),
      ...(undoBegunAt > 0 && { undoBegunAt: Math.min(undoBegunAt, at) }),
    };
  });
  return {
    ...rollout,
    movedAt: at,
    ...(resumeAt !== undefined && { resumeAt: Math.min(resumeAt, at + settings.pauseMs) }),
    nodes,
  };
}

/** Those that were ordered and said nothing in time have failed. */
function withoutSilent(rollout: Rollout, at: number): Rollout {
  const { answerMs } = rollout.settings;
  const isLate = (begunAt = at): boolean => at - begunAt > answerMs;
  let after = rollout;
  let nodes: RolloutNode[] | undefined;
  rollout.nodes.forEach((one, place) => {
    const isRun = one.state === 'running' && isLate(one.begunAt);
    const isUndo = one.undo === 'running' && isLate(one.undoBegunAt);
    if (!isRun && !isUndo) return;
    const why = 'no result came in time; it may still run';
    if (isRun) after = stopped(after, `${one.node}: ${why}`, at);
    nodes ??= [...rollout.nodes];
    nodes[place] = {
      ...one,
      ...(isRun && ({ state: 'failed', why } as const)),
      ...(isUndo && ({ undo: 'failed', undoWhy: 'no result came in time' } as const)),
    };
  });
  return nodes === undefined ? rollout : { ...after, nodes };
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
