import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { EVENT_OVERHEAD_BYTES } from '../../../../agent/state/outbox.ts';
import type { Loss, Outbox } from '../../../../agent/state/outbox.ts';
import { openState } from '../../../../agent/state/state.ts';
import { temporaryFolder, testState, TestClock } from '../../../support/state.ts';

const ALL = Number.MAX_SAFE_INTEGER;

function payload(length: number): Uint8Array {
  return new Uint8Array(length).fill(length);
}

function kinds(outbox: Outbox): string[] {
  return outbox.pending(0, 1000, ALL).map(({ number, kind }) => `${number}${kind}`);
}

test('events are numbered from 1 in order and come back as they were put', (context) => {
  const clock = new TestClock();
  const { outbox } = testState(context, temporaryFolder(context), { clock });
  assert.deepEqual([outbox.append('a', payload(3)), outbox.append('b', payload(0))], [1, 2]);
  const events = outbox
    .pending(0, 10, ALL)
    .map((event) => ({ ...event, payload: new Uint8Array(event.payload) }));
  assert.deepEqual(events, [
    { number: 1, kind: 'a', time: clock.wall(), payload: payload(3) },
    { number: 2, kind: 'b', time: clock.wall(), payload: payload(0) },
  ]);
});

test('pending events come after a number and within limits, one at least', (context) => {
  const { outbox } = testState(context, temporaryFolder(context));
  for (let at = 0; at < 5; at += 1) outbox.append('a', payload(100));
  const numbers = (after: number, items: number, most: number): number[] =>
    outbox.pending(after, items, most).map(({ number }) => number);
  assert.deepEqual(numbers(2, 10, ALL), [3, 4, 5]);
  assert.deepEqual(numbers(0, 2, ALL), [1, 2]);
  assert.deepEqual(numbers(0, 10, 250), [1, 2]);
  assert.deepEqual(numbers(0, 10, 1), [1]);
  assert.deepEqual(numbers(5, 10, ALL), []);
});

test('acknowledged events are gone, once and for all; repeats and other epochs do nothing', (context) => {
  const { outbox } = testState(context, temporaryFolder(context));
  for (const kind of ['a', 'b', 'c']) outbox.append(kind, payload(1));
  assert.deepEqual(outbox.acknowledge('another', 3), { kind: 'other-epoch' });
  assert.deepEqual(outbox.acknowledge(outbox.epoch, 4), { kind: 'ahead' });
  assert.deepEqual(outbox.acknowledge(outbox.epoch, 2), { kind: 'acknowledged', removed: 2 });
  assert.deepEqual(outbox.acknowledge(outbox.epoch, 2), { kind: 'acknowledged', removed: 0 });
  assert.deepEqual(kinds(outbox), ['3c']);
  assert.equal(outbox.bytes, 1 + EVENT_OVERHEAD_BYTES);
});

test('numbers and the epoch go on after a restart, even when all was acknowledged', (context) => {
  const folder = temporaryFolder(context);
  const first = testState(context, folder, { randomId: () => 'one' });
  first.outbox.append('a', payload(1));
  first.outbox.acknowledge('one', 1);
  first.close();
  const { outbox } = testState(context, folder, { randomId: () => 'two' });
  assert.deepEqual([outbox.epoch, outbox.append('a', payload(1))], ['one', 2]);
});

test('a full outbox drops kinds in the order given, the oldest of each first, and says so', (context) => {
  const size = 100 + EVENT_OVERHEAD_BYTES;
  const options = { outbox: { maxBytes: 4 * size, dropFirst: ['drift', 'engine'] } };
  const { outbox } = testState(context, temporaryFolder(context), options);
  for (const kind of ['receipt', 'drift', 'engine', 'drift']) outbox.append(kind, payload(100));
  assert.deepEqual(outbox.losses(), []);
  outbox.append('receipt', payload(100));
  assert.deepEqual(kinds(outbox), ['1receipt', '3engine', '4drift', '5receipt']);
  outbox.append('receipt', payload(100));
  outbox.append('receipt', payload(100));
  assert.deepEqual(kinds(outbox), ['1receipt', '5receipt', '6receipt', '7receipt']);
  outbox.append('receipt', payload(100));
  assert.deepEqual(kinds(outbox), ['5receipt', '6receipt', '7receipt', '8receipt']);
  assert.equal(outbox.append('drift', payload(100)), 9, 'it matters less than all that waits');
  assert.deepEqual(kinds(outbox), ['5receipt', '6receipt', '7receipt', '8receipt']);
  assert.deepEqual(outbox.losses(), [
    { kind: 'drift', count: 3, firstNumber: 2, lastNumber: 9 },
    { kind: 'engine', count: 1, firstNumber: 3, lastNumber: 3 },
    { kind: 'receipt', count: 1, firstNumber: 1, lastNumber: 1 },
  ]);
});

test('an event larger than the outbox is a loss, and pushes nothing else out', (context) => {
  const { outbox } = testState(context, temporaryFolder(context), {
    outbox: { maxBytes: 1000, dropFirst: [] },
  });
  outbox.append('a', payload(10));
  assert.equal(outbox.append('big', payload(2000)), 2);
  assert.deepEqual(kinds(outbox), ['1a']);
  assert.deepEqual(outbox.losses(), [{ kind: 'big', count: 1, firstNumber: 2, lastNumber: 2 }]);
});

test('losses outlive a restart and become events once', (context) => {
  const folder = temporaryFolder(context);
  const options = { outbox: { maxBytes: 2 * (10 + EVENT_OVERHEAD_BYTES), dropFirst: ['drift'] } };
  const first = testState(context, folder, options);
  for (let at = 0; at < 4; at += 1) first.outbox.append('drift', payload(10));
  first.close();
  const { outbox } = testState(context, folder, options);
  const told: Loss[] = [];
  const toEvent = (loss: Loss) => {
    told.push(loss);
    return { kind: 'loss', payload: payload(10) };
  };
  assert.equal(outbox.reportLosses(toEvent), 1);
  assert.deepEqual(told, [{ kind: 'drift', count: 2, firstNumber: 1, lastNumber: 2 }]);
  assert.deepEqual(kinds(outbox), ['4drift', '5loss']);
  assert.deepEqual(
    outbox.losses(),
    [{ kind: 'drift', count: 1, firstNumber: 3, lastNumber: 3 }],
    'made room for it',
  );
  outbox.acknowledge(outbox.epoch, 5);
  assert.equal(outbox.reportLosses(toEvent), 1);
  assert.equal(outbox.reportLosses(toEvent), 0);
});

test('property: as a model of it would, across restarts; every number is waiting, acknowledged or a loss', (context) => {
  const command = fc.oneof(
    fc.record({
      kind: fc.constantFrom('drift', 'engine', 'receipt'),
      length: fc.integer({ min: 0, max: 400 }),
    }),
    fc.record({ acknowledge: fc.nat(30) }),
    fc.constant('restart' as const),
  );
  const dropFirst = ['drift', 'engine'];
  const maxBytes = 1000;
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      const folder = temporaryFolder(context);
      const open = () => openState(folder, { clock: new TestClock(), outbox: { maxBytes, dropFirst } });
      let state = open();
      let model: { number: number; kind: string; length: number }[] = [];
      let next = 1;
      let acknowledged = 0;
      const lost = new Map<string, number>();
      const sum = (): number => model.reduce((total, { length }) => total + length + EVENT_OVERHEAD_BYTES, 0);
      for (const step of commands) {
        if (step === 'restart') {
          state.close();
          state = open();
        } else if ('acknowledge' in step) {
          const { kind } = state.outbox.acknowledge(state.outbox.epoch, step.acknowledge);
          assert.equal(kind, step.acknowledge < next ? 'acknowledged' : 'ahead');
          if (kind === 'ahead') continue;
          const before = model.length;
          model = model.filter(({ number }) => number > step.acknowledge);
          acknowledged += before - model.length;
        } else {
          assert.equal(state.outbox.append(step.kind, payload(step.length)), next);
          model.push({ number: next, ...step });
          next += 1;
          while (sum() > maxBytes) {
            const kind = dropFirst.find((first) => model.some((event) => event.kind === first));
            const victim = model.find((event) => kind === undefined || event.kind === kind);
            model = model.filter((event) => event !== victim);
            lost.set(victim?.kind ?? '', (lost.get(victim?.kind ?? '') ?? 0) + 1);
          }
        }
        assert.deepEqual(
          kinds(state.outbox),
          model.map(({ number, kind }) => `${number}${kind}`),
        );
        assert.equal(state.outbox.bytes, sum());
        assert.deepEqual(new Map(state.outbox.losses().map(({ kind, count }) => [kind, count])), lost);
        const losses = [...lost.values()].reduce((total, count) => total + count, 0);
        assert.equal(next - 1, model.length + acknowledged + losses);
      }
      state.close();
    }),
    { numRuns: 15 },
  );
});

test('a collector that has what was sent confirms the epoch, at every start', (context) => {
  const folder = temporaryFolder(context);
  for (const kind of ['a', 'b', 'c']) {
    const state = testState(context, folder);
    const { outbox } = state;
    assert.deepEqual(outbox.confirm(outbox.pending(0, 1, ALL).length === 0 ? 0 : 1), { kind: 'confirmed' });
    outbox.append(kind, payload(1));
    state.close();
  }
  const { outbox } = testState(context, folder);
  outbox.append('d', payload(1));
  assert.deepEqual(outbox.confirm(3), { kind: 'confirmed' });
  assert.deepEqual(outbox.confirm(4), { kind: 'confirmed' }, 'sent in this session');
  assert.deepEqual(kinds(outbox), ['1a', '2b', '3c', '4d']);
});

/** The folder as it was with event 2, after which the node sent three more. */
function restoredCopy(context: TestContext): string {
  const folder = temporaryFolder(context);
  const state = testState(context, folder, { randomId: () => 'old' });
  state.outbox.append('a', payload(1));
  state.outbox.append('b', payload(2));
  state.outbox.confirm(0);
  state.close();
  return folder;
}

test('a file put back from an old copy goes on under another epoch, with its new events alone', (context) => {
  const folder = restoredCopy(context);
  const { outbox } = testState(context, folder, { randomId: () => 'new' });
  outbox.append('c', payload(3));
  outbox.append('d', payload(4));
  assert.deepEqual(outbox.confirm(5), { kind: 'restored', earlierEpoch: 'old', lastKnown: 2 });
  assert.equal(outbox.epoch, 'new');
  assert.deepEqual(kinds(outbox), ['1c', '2d']);
  assert.equal(outbox.bytes, 3 + 4 + 2 * EVENT_OVERHEAD_BYTES);
  assert.equal(outbox.append('e', payload(0)), 3);
  assert.deepEqual(outbox.confirm(0), { kind: 'confirmed' });
});

test('it is found out however many events and starts came in between', (context) => {
  const folder = restoredCopy(context);
  for (let start = 0; start < 3; start += 1) {
    const state = testState(context, folder, { randomId: () => 'new' });
    state.outbox.append(`s${start}`, payload(1));
    state.outbox.append(`t${start}`, payload(1));
    state.close();
  }
  const { outbox } = testState(context, folder, { randomId: () => 'new' });
  assert.equal(kinds(outbox).at(-1), '8t2');
  assert.equal(outbox.confirm(5).kind, 'restored');
  assert.deepEqual(kinds(outbox), ['1s0', '2t0', '3s1', '4t1', '5s2', '6t2']);
});

test('an epoch begun anew is empty where nothing new came', (context) => {
  const { outbox } = testState(context, restoredCopy(context), { randomId: () => 'new' });
  assert.equal(outbox.confirm(3).kind, 'restored');
  assert.deepEqual([outbox.count(), outbox.bytes, outbox.append('x', payload(1))], [0, 0, 1]);
});
