import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DEFAULT_ROLLOUT,
  hasBegun,
  newRollout,
  quota,
  rolloutCommandId,
  type Rollout,
  type RolloutNode,
  type RolloutSettings,
} from '../../../../core/fleet-cleanup/rollout.ts';
import { step, type RolloutEvent, type Step } from '../../../../core/fleet-cleanup/step.ts';
import { placesOf, told, type NodeEvent } from '../../../../core/fleet-cleanup/told.ts';
import type { RunReceipt } from '../../../../core/fleet-cleanup/surprise.ts';

const GRACE = 1_000_000;

function nodes(count: number): RolloutNode[] {
  return Array.from({ length: count }, (_, at) => ({
    node: `n${at}`,
    planId: 'p',
    stateHash: 's',
    images: 1,
    bytes: 1,
    state: 'waiting',
  }));
}

function rolloutOf(count: number, changes: Partial<RolloutSettings> = {}): Rollout {
  const settings = { ...DEFAULT_ROLLOUT, pauseMs: 100, answerMs: 1000, ...changes };
  return newRollout(settings, nodes(count), 0);
}

function receipt(node: string, status = 'quarantined'): RunReceipt {
  const items = [{ status, predictedBytes: 1, measuredBytes: 0 }];
  return { runId: `run-${node}`, outcome: 'done', undoUntil: GRACE, measuredBytes: 0, items };
}

function everyone(rollout: Rollout): ReadonlySet<string> {
  return new Set(rollout.nodes.map(({ node }) => node));
}

function after(rollout: Rollout, event: RolloutEvent | NodeEvent): Step {
  return 'node' in event
    ? { rollout: told(rollout, [event], placesOf(rollout)), orders: [] }
    : step(rollout, event);
}

/** A rollout with what it ordered so far. */
class Ride {
  rollout: Rollout;
  readonly orders: string[] = [];
  connected: ReadonlySet<string>;

  constructor(rollout: Rollout) {
    this.rollout = rollout;
    this.connected = everyone(rollout);
  }

  give(event: RolloutEvent | NodeEvent): this {
    const { rollout, orders } = after(this.rollout, event);
    this.rollout = rollout;
    this.orders.push(...orders.map(({ kind, node }) => (kind === 'apply' ? node : `undo ${node}`)));
    return this;
  }

  time(at: number): this {
    return this.give({ kind: 'time', at, connected: this.connected });
  }

  done(at: number, ...names: readonly string[]): this {
    for (const node of names)
      this.give({ kind: 'applied', node, outcome: 'done', message: '', receipt: receipt(node), at });
    return this;
  }

  stateOf(node: string): string | undefined {
    return this.rollout.nodes.find((one) => one.node === node)?.state;
  }
}

test('one node goes first, then a share, then all, with pauses between', () => {
  const ride = new Ride(rolloutOf(20));
  ride.time(1).time(2);
  assert.deepEqual(ride.orders, ['n0']);
  ride.done(10, 'n0').time(11);
  assert.deepEqual([ride.rollout.phase, ride.rollout.resumeAt], ['pausing', 111]);
  ride.time(110);
  assert.deepEqual(ride.orders, ['n0']);
  ride.time(111);
  assert.deepEqual(ride.orders, ['n0', 'n1'], 'ten percent of twenty are two');
  ride.done(120, 'n1').time(121).time(221);
  assert.equal(ride.orders.length, 12, 'ten at once');
  ride.done(230, 'n2', 'n3').time(231);
  assert.equal(ride.orders.length, 14);
  ride.done(240, ...ride.rollout.nodes.map(({ node }) => node)).time(241);
  ride.done(250, ...ride.rollout.nodes.map(({ node }) => node)).time(251);
  assert.equal(ride.rollout.phase, 'done');
  assert.equal(new Set(ride.orders).size, 20);
  assert.ok(ride.rollout.nodes.every(({ state, removed }) => state === 'done' && removed === 1));
});

test('a small fleet has no stage twice', () => {
  const ride = new Ride(rolloutOf(3));
  ride.time(1).done(2, 'n0').time(3).time(103);
  assert.deepEqual(ride.orders, ['n0', 'n1', 'n2']);
  assert.equal(new Ride(rolloutOf(0)).time(1).rollout.phase, 'done');
});

test('a failure stops it, what runs ends, and a person lets it go on', () => {
  const ride = new Ride(rolloutOf(6, { canary: 2 }));
  ride.time(1);
  ride.give({ kind: 'applied', node: 'n0', outcome: 'refused', message: 'removal is off', at: 5 });
  assert.deepEqual([ride.rollout.phase, ride.rollout.why], ['stopped', 'n0: removal is off']);
  ride.done(6, 'n1').time(7).time(9999);
  assert.deepEqual(ride.orders, ['n0', 'n1']);
  assert.deepEqual(
    [ride.stateOf('n0'), ride.stateOf('n1'), ride.stateOf('n2')],
    ['failed', 'done', 'waiting'],
  );
  ride.give({ kind: 'continue', at: 10_000 }).time(10_001).time(10_102);
  assert.deepEqual(ride.orders, ['n0', 'n1', 'n2', 'n3', 'n4', 'n5']);
});

test('a surprising receipt stops it, also one that comes in the pause', () => {
  const ride = new Ride(rolloutOf(6)).time(1);
  ride.give({
    kind: 'applied',
    node: 'n0',
    outcome: 'done',
    message: '',
    receipt: receipt('n0', 'conflict'),
    at: 2,
  });
  assert.deepEqual([ride.rollout.phase, ride.stateOf('n0')], ['stopped', 'surprising']);

  const later = new Ride(rolloutOf(6)).time(1).done(2, 'n0').time(3);
  later.give({ kind: 'receipt', node: 'n0', receipt: receipt('n0', 'restored'), at: 50 }).time(500);
  assert.deepEqual([later.rollout.phase, later.rollout.why], ['stopped', 'n0: 1 image was brought back']);
  assert.deepEqual(later.orders, ['n0']);
});

test('a run that did not do all of its plan is judged by its images', () => {
  const ride = new Ride(rolloutOf(6, { canary: 2 })).time(1);
  const items = ['deleted', 'deleted', 'deleted', 'deleted', 'raced'].map((status) => ({
    status,
    predictedBytes: 1,
    measuredBytes: 1,
  }));
  const partial = { ...receipt('n0'), outcome: 'partial', items } as const;
  const applied = { kind: 'applied', outcome: 'failed', message: 'not all' } as const;
  ride.give({ ...applied, node: 'n0', receipt: partial, at: 2 });
  assert.deepEqual([ride.rollout.phase, ride.stateOf('n0')], ['running', 'done']);
  ride.give({ ...applied, node: 'n1', receipt: { ...partial, outcome: 'failed' }, at: 3 });
  assert.equal(ride.rollout.why, 'n1: not all');
});

test('a result without a receipt is a surprise', () => {
  const ride = new Ride(rolloutOf(2)).time(1);
  ride.give({ kind: 'applied', node: 'n0', outcome: 'done', message: '', at: 2 });
  assert.equal(ride.rollout.why, 'n0: it sent no receipt');
});

test('who says nothing in time has failed, and can be undone all the same when the word comes', () => {
  const ride = new Ride(rolloutOf(3)).time(1).time(1001);
  assert.equal(ride.rollout.phase, 'running');
  ride.time(1002);
  assert.deepEqual([ride.rollout.phase, ride.stateOf('n0')], ['stopped', 'failed']);
  ride.done(1500, 'n0');
  assert.deepEqual([ride.rollout.phase, ride.stateOf('n0')], ['stopped', 'done']);
  ride.give({ kind: 'undo', at: 1600 }).time(1601);
  assert.deepEqual(ride.orders, ['n0', 'undo n0']);
});

test('who is not connected is passed over, waited for, and left unreached in the end', () => {
  const ride = new Ride(rolloutOf(3));
  ride.connected = new Set(['n1']);
  ride.time(1).done(2, 'n1').time(3).time(200);
  assert.deepEqual(ride.orders, ['n1']);
  ride.time(1199);
  assert.equal(ride.rollout.phase, 'running');
  ride.time(1200);
  assert.equal(ride.rollout.phase, 'done');
  assert.deepEqual([ride.stateOf('n0'), ride.stateOf('n2')], ['unreached', 'unreached']);
  ride.connected = everyone(ride.rollout);
  ride.give({ kind: 'continue', at: 1300 }).time(1301);
  assert.deepEqual(ride.orders, ['n1', 'n0', 'n2']);
});

test('a clock that is set back makes nothing wait for longer than it may take', () => {
  const day = 86_400_000;
  const ride = new Ride(rolloutOf(3)).time(day + 1).time(5);
  assert.deepEqual(ride.orders, ['n0']);
  ride.done(10, 'n0').time(11);
  assert.equal(ride.rollout.phase, 'pausing');
  const ahead = new Ride({ ...ride.rollout, movedAt: day, resumeAt: day + 100 });
  ahead.time(20).time(119);
  assert.deepEqual(ahead.orders, []);
  ahead.time(120).time(121);
  assert.deepEqual(ahead.orders, ['n1', 'n2']);
  const silent = new Ride(rolloutOf(3)).time(day).time(5).time(1005);
  assert.equal(silent.stateOf('n0'), 'running');
  silent.time(1006);
  assert.equal(silent.stateOf('n0'), 'failed');
});

test('undoing brings back what can be, a few at a time, and says what cannot', () => {
  const ride = new Ride(rolloutOf(4, { canary: 4, atOnce: 2 }));
  ride.time(1).done(2, 'n0', 'n1').time(3).done(4, 'n2').give({ kind: 'undo', at: 5 });
  ride.give({ kind: 'receipt', node: 'n1', receipt: { ...receipt('n1'), undoUntil: 6 }, at: 5 });
  ride.time(7);
  assert.deepEqual(ride.orders.slice(4), ['undo n0'], 'n3 still runs');
  assert.equal(ride.rollout.nodes[1]?.undoWhy, 'its grace period ended before it could be reached');
  ride.done(8, 'n3').time(9);
  ride.give({ kind: 'undone', node: 'n0', outcome: 'done', message: '', at: 10 }).time(11);
  ride.give({ kind: 'undone', node: 'n2', outcome: 'failed', message: 'no', at: 12 }).time(13);
  ride.give({ kind: 'undone', node: 'n3', outcome: 'done', message: '', at: 14 }).time(15);
  assert.equal(ride.rollout.phase, 'undone');
  assert.deepEqual(
    ride.rollout.nodes.map(({ undo }) => undo),
    ['done', 'failed', 'failed', 'done'],
  );
  ride.give({ kind: 'undo', at: 20 }).time(21);
  assert.deepEqual(ride.orders.slice(-1), ['undo n2'], 'what failed can be tried again');
  assert.equal(ride.rollout.undoRound, 2);
});

test('what was not begun when undoing began never begins', () => {
  const ride = new Ride(rolloutOf(4)).time(1).give({ kind: 'undo', at: 2 }).done(3, 'n0').time(4);
  ride.give({ kind: 'undone', node: 'n0', outcome: 'done', message: '', at: 5 }).time(6).time(9999);
  assert.deepEqual(ride.orders, ['n0', 'undo n0']);
  assert.equal(ride.rollout.phase, 'undone');
});

test('ids of commands follow from the rollout and the node', () => {
  assert.equal(rolloutCommandId('r', { kind: 'apply', node: 'n' }, 0), 'r.apply.n');
  assert.equal(rolloutCommandId('r', { kind: 'undo', node: 'n' }, 2), 'r.undo-2.n');
});

const move = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('time' as const), passed: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('result' as const),
      which: fc.nat(),
      status: fc.constantFrom('quarantined', 'quarantined', 'quarantined', 'quarantined', 'failed'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('continue' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('connected' as const), every: fc.integer({ min: 1, max: 3 }) }),
  },
);

test('never more at once than allowed, never a stage before the last is whole, nothing after a stop', () => {
  const shape = fc.record({
    count: fc.integer({ min: 0, max: 40 }),
    canary: fc.integer({ min: 1, max: 3 }),
    sharePercent: fc.integer({ min: 0, max: 100 }),
    atOnce: fc.integer({ min: 1, max: 6 }),
    moves: fc.array(move, { maxLength: 120 }),
  });
  fc.assert(
    fc.property(shape, ({ count, moves, ...settings }) => {
      let rollout = rolloutOf(count, settings);
      let connected = everyone(rollout);
      let at = 0;
      const ordered = new Set<string>();
      for (const one of moves) {
        at += 1;
        let event: RolloutEvent | NodeEvent;
        if (one.kind === 'connected') {
          connected = new Set(
            rollout.nodes.filter((_, index) => index % one.every === 0).map(({ node }) => node),
          );
          continue;
        }
        if (one.kind === 'time') {
          at += one.passed;
          event = { kind: 'time', at, connected };
        } else if (one.kind === 'result') {
          const running = rollout.nodes.filter(
            ({ state, undo }) => state === 'running' || undo === 'running',
          );
          const node = running[one.which % Math.max(1, running.length)];
          if (node === undefined) continue;
          const isUndo = node.undo === 'running';
          event = {
            kind: isUndo ? 'undone' : 'applied',
            node: node.node,
            outcome: 'done',
            message: '',
            receipt: receipt(node.node, one.status),
            at,
          };
        } else if (one.kind === 'stop') event = { kind: 'stop', why: 'enough', at };
        else event = { kind: one.kind, at };

        const before = rollout;
        const { rollout: next, orders } = after(before, event);
        rollout = next;
        for (const { kind, node } of orders) {
          assert.equal(event.kind, 'time');
          assert.ok(connected.has(node));
          if (kind === 'undo') {
            assert.equal(before.phase, 'undoing');
            continue;
          }
          assert.ok(before.phase === 'running' || before.phase === 'pausing', before.phase);
          assert.ok(!ordered.has(node), `${node} was ordered twice`);
          ordered.add(node);
          const stage = next.nodes.find((other) => other.node === node)?.stage ?? 0;
          for (const earlier of before.nodes)
            assert.ok((earlier.stage ?? 0) >= stage || !hasBegun(earlier) || earlier.state !== 'running');
        }
        const open = next.nodes.filter(({ state, undo }) => state === 'running' || undo === 'running');
        assert.ok(open.length <= settings.atOnce);
        assert.ok(next.nodes.filter(hasBegun).length <= quota(next, next.stage));
        if (before.phase === 'stopped' && event.kind !== 'undo') assert.deepEqual(orders, []);
      }
    }),
    { numRuns: 300 },
  );
});
