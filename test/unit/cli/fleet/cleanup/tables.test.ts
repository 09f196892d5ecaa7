import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWhole, progressOf } from '../../../../../cli/fleet/cleanup/follow.ts';
import { fleetPlanText, receiptsText, rolloutText } from '../../../../../cli/fleet/cleanup/tables.ts';
import type { FleetReceipt, FleetRollout } from '../../../../../cli/fleet/cleanup/views.ts';
import { DEFAULT_ROLLOUT, newRollout, type RolloutNode } from '../../../../../core/fleet-cleanup/rollout.ts';

const MINUTE = 60_000;
const node = { planId: 'p', stateHash: 's', images: 2, bytes: 2048 };

function rollout(nodes: readonly RolloutNode[], changes: Partial<FleetRollout> = {}): FleetRollout {
  return { ...newRollout(DEFAULT_ROLLOUT, nodes, 0), id: 'r1', planId: 'p1', issuer: 'anna', ...changes };
}

test('a plan of many nodes: what would go where, who did not answer, and how to go on', () => {
  const nodes = [
    { node: 'web-1', state: 'planned', images: 2, kept: 3, bytes: 2048 },
    { node: 'web-2', state: 'planned', images: 0, kept: 3, bytes: 0, refusals: ['no engine'] },
  ] as const;
  assert.equal(
    fleetPlanText({ id: 'p1', state: 'whole', nodes }, new Map(), {}),
    [
      'NODE   PLAN     TO GO  TO STAY    FREES  WHY NOT',
      'web-1  planned      2        3  2.0 KiB',
      'web-2  planned      0        3      0 B  no engine',
      '',
      '2 images on 1 node would go and free 2.0 KiB.',
      'Do it: tallyman fleet cleanup apply p1',
      '',
    ].join('\n'),
  );
  const open = [...nodes, { node: 'web-3', state: 'disconnected' }] as const;
  const text = fleetPlanText({ id: 'p1', state: 'gathering', nodes: open }, new Map(), {});
  assert.match(text, /\n! 1 node did not answer yet: tallyman fleet cleanup plan --id p1\n/);
  assert.doesNotMatch(text, /Do it/);
});

test('a rollout: node by node, why it stopped, and what can be done', () => {
  const text = rolloutText(
    rollout(
      [
        {
          ...node,
          node: 'a',
          state: 'surprising',
          why: 'odd\u001b[2J',
          receiptId: 'run',
          undoUntil: 5 * MINUTE,
        },
        { ...node, node: 'b', state: 'waiting' },
        { ...node, node: 'c', state: 'done', undo: 'done' },
      ],
      { phase: 'stopped', why: 'a: odd' },
    ),
    2 * MINUTE,
    {},
  );
  assert.match(text, /\na +surprising +2 +- +2\.0 KiB +- +run +odd\n/);
  assert.match(text, /\nc +brought back +/);
  assert.match(text, /\nRollout r1 is stopped: a: odd\.\n/);
  assert.match(text, /\n1 node not begun; go on: tallyman fleet cleanup continue r1\n/);
  assert.match(text, /\nBring all back, within 3 minutes: tallyman fleet cleanup undo r1\n$/);
});

test('how far a rollout is: of the stage', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((name, at): RolloutNode => ({
    ...node,
    node: name,
    state: at === 0 ? 'done' : 'waiting',
  }));
  assert.deepEqual(progressOf(rollout(nodes)), { text: 'canary', done: 1, total: 1 });
  assert.deepEqual(progressOf(rollout(nodes, { phase: 'pausing', stage: 2 })), {
    text: 'all nodes, after a pause',
    done: 1,
    total: 4,
  });
  const undoing = nodes.map((one): RolloutNode => ({ ...one, undo: one.node === 'a' ? 'done' : 'running' }));
  assert.deepEqual(progressOf(rollout(undoing, { phase: 'undoing' })), {
    text: 'bringing back',
    done: 1,
    total: 4,
  });
});

test('a rollout is whole when all that it meant to do is done', () => {
  const done: RolloutNode = { ...node, node: 'a', state: 'done' };
  assert.ok(isWhole(rollout([done, { ...done, node: 'b', state: 'left-out' }], { phase: 'done' })));
  assert.ok(!isWhole(rollout([{ ...done, state: 'unreached' }], { phase: 'done' })));
  assert.ok(!isWhole(rollout([done], { phase: 'stopped' })));
  assert.ok(isWhole(rollout([{ ...done, undo: 'done' }], { phase: 'undone' })));
  assert.ok(!isWhole(rollout([{ ...done, undo: 'failed' }], { phase: 'undone' })));
});

test('receipts of the fleet', () => {
  const item = { imageId: 'i', names: [], why: 'old', predictedBytes: 2048, measuredBytes: 0 };
  const receipt: FleetReceipt = {
    ...({ node: 'web-1', runId: 'run-1', planId: 'p', issuer: 'anna', begunAt: 0, outcome: 'done' } as const),
    ...{ undoUntil: 10 * MINUTE, predictedBytes: 2048, measuredBytes: 0 },
    items: [{ ...item, status: 'quarantined' }],
  };
  assert.equal(receiptsText([], 0, {}), 'No node has told of a cleanup yet.\n');
  assert.match(
    receiptsText([receipt], 5 * MINUTE, {}),
    /\n1970-01-01T00:00:00Z  web-1  run-1    anna       1    2\.0 KiB    0 B  done, undo for 5 minutes\n$/,
  );
});
