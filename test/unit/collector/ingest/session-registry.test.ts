import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionRefusal } from '../../../../collector/ingest/session-refusal.ts';
import { SessionRegistry, type RegisteredSession } from '../../../../collector/ingest/session-registry.ts';

interface Probe extends RegisteredSession {
  readonly evictions: string[];
}

function session(
  registry: () => SessionRegistry<Probe>,
  node: string,
  instance: string,
  aliveUntil = 1250,
): Probe {
  const finished = Promise.withResolvers<void>();
  const probe: Probe = {
    node,
    instance,
    aliveUntil,
    finished: finished.promise,
    evictions: [],
    evict(why) {
      probe.evictions.push(why);
      setImmediate(() => {
        registry().leave(probe);
        finished.resolve();
      });
    },
  };
  return probe;
}

function registryOf(
  capacity = 10,
  now = 1100,
): {
  readonly registry: SessionRegistry<Probe>;
  readonly make: (...rest: [string, string, number?]) => Probe;
} {
  const registry = new SessionRegistry<Probe>({ capacity, now: () => now });
  return { registry, make: (...rest) => session(() => registry, ...rest) };
}

function refusal(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof SessionRefusal && error.reason === reason;
}

test('the same agent replaces its older session, after that has ended', async () => {
  const { registry, make } = registryOf();
  const older = make('n', 'a');
  const newer = make('n', 'a');
  await registry.enter(older);
  await registry.enter(newer);
  assert.deepEqual(older.evictions, ['replaced by a newer session']);
  assert.equal(registry.get('n'), newer);
  registry.leave(older);
  assert.equal(registry.get('n'), newer);
});

test('another agent of the name is refused while the first is alive, and told when to come back', async () => {
  const { registry, make } = registryOf();
  await registry.enter(make('n', 'a'));
  await assert.rejects(registry.enter(make('n', 'b')), (error) => {
    assert.ok(error instanceof SessionRefusal);
    assert.equal(error.reason, 'duplicate');
    assert.equal(error.retryAfterMs, 150);
    return true;
  });
});

test('another agent of the name takes over from a silent one', async () => {
  const { registry, make } = registryOf(10, 1250);
  const silent = make('n', 'a');
  await registry.enter(silent);
  await registry.enter(make('n', 'b'));
  assert.equal(silent.evictions.length, 1);
  assert.equal(registry.get('n')?.instance, 'b');
});

test('of many that come at once one is left', async () => {
  const { registry, make } = registryOf();
  const all = Array.from({ length: 5 }, () => make('n', 'a'));
  await Promise.all(all.map((one) => registry.enter(one)));
  assert.equal(registry.all().length, 1);
  assert.equal(all.flatMap(({ evictions }) => evictions).length >= 4, true);
});

test('a full registry refuses new nodes, and lets a known one come back', async () => {
  const { registry, make } = registryOf(1);
  await registry.enter(make('n', 'a'));
  await assert.rejects(registry.enter(make('m', 'a')), refusal('overloaded'));
  await registry.enter(make('n', 'a'));
});
