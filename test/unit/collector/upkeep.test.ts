import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PrunePolicy } from '../../../collector/store/store.ts';
import { keepStoreTidy } from '../../../collector/upkeep.ts';
import { createLogger } from '../../../platform/logging.ts';

const policy: PrunePolicy = {
  historyMs: 1,
  historyRows: 2,
  eventMs: 3,
  nodeMs: 4,
  contentMs: 5,
};
const nothing = {
  lives: 0,
  events: 0,
  nodes: 0,
  images: 0,
  compositions: 0,
  layers: 0,
  packages: 0,
  orders: 0,
};

test('the store is pruned after five minutes and every hour, past failures, until told to end', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: string[] = [];
  const logger = createLogger({
    component: 'test',
    level: 'info',
    stream: { write: (line: string) => lines.push(line) },
  });
  const ended = new AbortController();
  const asked: (readonly [PrunePolicy, number])[] = [];
  const store = {
    prune(given: PrunePolicy, at: number) {
      asked.push([given, at]);
      if (asked.length === 1) return Promise.reject(new Error('disk is full'));
      return Promise.resolve({ ...nothing, lives: asked.length === 2 ? 7 : 0 });
    },
  };
  const tidy = keepStoreTidy(store, policy, { clock: () => 99, logger, signal: ended.signal });
  for (const [minutes, runs] of [
    [4, 0],
    [1, 1],
    [59, 1],
    [1, 2],
    [60, 3],
  ] as const) {
    context.mock.timers.tick(minutes * 60_000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(asked.length, runs);
  }
  ended.abort();
  await tidy;
  assert.deepEqual(asked[0], [policy, 99]);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /"level":"error".*disk is full.*"message":"old data could not be removed"/);
  assert.match(lines[1] ?? '', /"lives":7.*"message":"old data removed"/);
});

test('ended before it began, it does nothing', async () => {
  const logger = createLogger({ component: 'test', level: 'silent' });
  const never = { prune: () => assert.fail('pruned') };
  await keepStoreTidy(never, policy, { clock: () => 0, logger, signal: AbortSignal.abort() });
});
