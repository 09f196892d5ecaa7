import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DEFAULT_ROLLOUT,
  newRollout,
  type Rollout,
  type RolloutNode,
} from '../../../../core/fleet-cleanup/rollout.ts';
import { step } from '../../../../core/fleet-cleanup/step.ts';
import { placesOf, told, type NodeEvent } from '../../../../core/fleet-cleanup/told.ts';

const NODES = 6;
const base = { planId: 'p', stateHash: 's', images: 1, bytes: 1 };

/** As many as the rollout lets are at it. */
function begunRollout(count: number): Rollout {
  const nodes = Array.from({ length: count }, (_, at): RolloutNode => {
    return { ...base, node: `n${at}`, state: 'waiting' };
  });
  const rollout = newRollout({ ...DEFAULT_ROLLOUT, canary: count, atOnce: count }, nodes, 0);
  return step(rollout, { kind: 'time', at: 1, connected: new Set(nodes.map(({ node }) => node)) }).rollout;
}

const node = fc.integer({ min: 0, max: NODES }).map((at) => `n${at}`);
const receipt = fc.record({
  runId: fc.constantFrom('run-1', 'run-2'),
  outcome: fc.constantFrom('done', 'partial', 'failed'),
  undoUntil: fc.constantFrom(50, 500),
  measuredBytes: fc.nat({ max: 3 }),
  items: fc.constantFrom(
    [{ status: 'quarantined', predictedBytes: 1, measuredBytes: 0 }],
    [{ status: 'conflict', predictedBytes: 1, measuredBytes: 0 }],
    [],
  ),
});
const event: fc.Arbitrary<NodeEvent> = fc.oneof(
  fc.record(
    {
      kind: fc.constantFrom('applied', 'undone'),
      node,
      at: fc.nat({ max: 200 }),
      outcome: fc.constantFrom('done', 'done', 'failed', 'refused'),
      message: fc.constantFrom('no', 'never'),
      receipt,
    },
    { requiredKeys: ['kind', 'node', 'at', 'outcome', 'message'] },
  ),
  fc.record({ kind: fc.constant('receipt' as const), node, at: fc.nat({ max: 200 }), receipt }),
);
const person = fc.constantFrom('stop', 'continue', 'undo', 'time');

test('all that nodes told comes to the same as one word after the other', () => {
  const words = fc.array(fc.oneof({ weight: 8, arbitrary: event }, { weight: 1, arbitrary: person }));
  fc.assert(
    fc.property(words, words, (earlier, later) => {
      let rollout = begunRollout(NODES);
      const places = placesOf(rollout);
      const connected = new Set(places.keys());
      for (const word of earlier) {
        if (typeof word !== 'string') rollout = told(rollout, [word], places);
        else rollout = step(rollout, { kind: word, at: 100, connected, why: 'enough' }).rollout;
      }
      const events = later.filter((word) => typeof word !== 'string');
      let single = rollout;
      for (const one of events) single = told(single, [one], placesOf(single));
      const whole = told(rollout, events, places);
      assert.deepEqual(whole, single);
      for (const [at, one] of whole.nodes.entries()) {
        if (events.every((other) => other.node !== one.node)) assert.equal(one, rollout.nodes[at]);
      }
    }),
    { numRuns: 500 },
  );
});

test('what says nothing new changes nothing, however often it is told', () => {
  let rollout = begunRollout(2);
  const places = placesOf(rollout);
  const refused = { kind: 'applied', node: 'n0', outcome: 'refused', message: 'removal is off' } as const;
  rollout = told(rollout, [{ ...refused, at: 5 }], places);
  assert.equal(rollout.why, 'n0: removal is off');
  assert.equal(told(rollout, [{ ...refused, at: 6 }], places), rollout);
  assert.equal(told(rollout, [{ ...refused, node: 'unknown', at: 6 }], places), rollout);
  assert.equal(told(rollout, [], places), rollout);
});

test('a word is not the dearer for there being many nodes', () => {
  const count = 5_000;
  const rollout = begunRollout(count);
  const places = placesOf(rollout);
  let reads = 0;
  const nodes = new Proxy(rollout.nodes, {
    get(target, name) {
      reads += 1;
      return Reflect.get(target, name);
    },
  });
  const events = rollout.nodes.map((one): NodeEvent => {
    return { kind: 'applied', node: one.node, at: 2, outcome: 'refused', message: 'no' };
  });
  const after = told({ ...rollout, nodes }, events, places);
  assert.ok(after.nodes.every(({ state }) => state === 'failed'));
  assert.ok(reads < 4 * count, `${reads} reads of ${count} nodes`);
});
