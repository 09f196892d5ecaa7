import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { PruneMark } from '../../../collector/prune-mark.ts';
import type { PrunePolicy, PruneResult } from '../../../collector/store/store.ts';
import { keepStoreTidy } from '../../../collector/upkeep.ts';
import { createLogger } from '../../../platform/logging.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const policy: PrunePolicy = {
  historyMs: 1,
  historyRows: 2,
  eventMs: 3,
  nodeMs: 4,
  contentMs: 5,
};
const nothing: PruneResult = {
  lives: 0,
  events: 0,
  nodes: 0,
  images: 0,
  compositions: 0,
  layers: 0,
  packages: 0,
  orders: 0,
};

/** Upkeep over a store that removes nothing, under clocks that the test moves. */
function bench(context: TestContext, mark: { asOf: number | undefined } = { asOf: undefined }) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: string[] = [];
  const asked: (readonly [PrunePolicy, number])[] = [];
  const ended = new AbortController();
  let results: (() => Promise<PruneResult>)[] = [];
  let passed = 0;
  let ahead = 0;
  const kept: PruneMark = {
    read: () => Promise.resolve(mark.asOf),
    async write(asOf) {
      mark.asOf = asOf;
    },
  };
  const store = {
    prune(given: PrunePolicy, at: number) {
      asked.push([given, at]);
      return results[asked.length - 1]?.() ?? Promise.resolve(nothing);
    },
  };
  const tidy = keepStoreTidy(store, policy, {
    clock: () => START + passed + ahead,
    now: () => passed,
    mark: kept,
    logger: createLogger({
      component: 'test',
      level: 'info',
      stream: { write: (line: string) => lines.push(line) },
    }),
    signal: ended.signal,
  });
  return {
    lines,
    asked,
    answer(...given: typeof results) {
      results = given;
    },
    setClock(byMs: number) {
      ahead = byMs;
    },
    async pass(minutes: number) {
      passed += minutes * 60_000;
      context.mock.timers.tick(minutes * 60_000);
      await new Promise((resolve) => setImmediate(resolve));
    },
    end() {
      ended.abort();
      return tidy;
    },
  };
}

test('the store is pruned after five minutes and every hour, past failures, until told to end', async (context) => {
  const upkeep = bench(context);
  upkeep.answer(
    () => Promise.reject(new Error('disk is full')),
    () => Promise.resolve({ ...nothing, lives: 7 }),
  );
  for (const [minutes, runs] of [
    [4, 0],
    [1, 1],
    [59, 1],
    [1, 2],
    [60, 3],
  ] as const) {
    await upkeep.pass(minutes);
    assert.equal(upkeep.asked.length, runs);
  }
  await upkeep.end();
  assert.deepEqual(upkeep.asked[0], [policy, START + 300_000]);
  assert.equal(upkeep.lines.length, 2);
  assert.match(
    upkeep.lines[0] ?? '',
    /"level":"error".*disk is full.*"message":"old data could not be removed"/,
  );
  assert.match(upkeep.lines[1] ?? '', /"lives":7.*"message":"old data removed"/);
});

test('a clock that goes years ahead removes nothing, then a day an hour, and says so', async (context) => {
  const mark: { asOf: number | undefined } = { asOf: undefined };
  const upkeep = bench(context, mark);
  await upkeep.pass(5);
  const first = START + 300_000;
  assert.equal(mark.asOf, first);
  upkeep.setClock(3650 * DAY_MS);
  await upkeep.pass(60);
  assert.equal(upkeep.asked.length, 1);
  await upkeep.pass(60);
  await upkeep.pass(60);
  upkeep.setClock(0);
  await upkeep.pass(60);
  await upkeep.end();
  assert.deepEqual(
    upkeep.asked.map(([, at]) => at - first),
    [0, DAY_MS, 2 * DAY_MS, 4 * 3_600_000],
  );
  assert.equal(upkeep.lines.length, 2);
  assert.match(upkeep.lines[0] ?? '', /"level":"warn".*clock went ahead.*set it before the next hour/);
  assert.match(upkeep.lines[1] ?? '', /"level":"warn".*a day at a time.*set the clock/);
});

test('what was removed long ago by the clock waits for the first hour to pass', async (context) => {
  const longAgo = START - 100 * DAY_MS;
  const upkeep = bench(context, { asOf: longAgo });
  await upkeep.pass(5);
  assert.equal(upkeep.asked.length, 0);
  await upkeep.pass(60);
  await upkeep.end();
  assert.deepEqual(
    upkeep.asked.map(([, at]) => at),
    [longAgo + DAY_MS],
  );
  assert.equal(upkeep.lines.length, 1);
});

test('ended before it began, it does nothing', async () => {
  const logger = createLogger({ component: 'test', level: 'silent' });
  const never = { prune: () => assert.fail('pruned') };
  const mark = { read: () => assert.fail('read'), write: () => assert.fail('written') };
  await keepStoreTidy(never, policy, {
    clock: () => 0,
    now: () => 0,
    mark,
    logger,
    signal: AbortSignal.abort(),
  });
});
