import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { LentContent, Uplink } from '../../agent/uplink/uplink.ts';
import type { ContentName } from '../../proto/codec/content.ts';
import { hostItem, sessionBench, Supply, until, type SessionBench } from '../support/session-bench.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const signal = AbortSignal.timeout(600_000);
const [FIRST, SECOND] = ['1', '2'].map((end) => ({
  kind: 'layer-facts' as const,
  key: `sha256:${end.padStart(64, '0')}`,
})) as [ContentName, ContentName];
const NOTHING = { wanted: [], elsewhere: [], leaseMs: Infinity, retryAfterMs: 0 };

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

function names(wanted: readonly LentContent[] = []): ContentName[] {
  return wanted.map(({ kind, key }) => ({ kind, key }));
}

/** Agents of two nodes that can supply both layers, once they offer them. */
async function twoAgents(
  port: number,
): Promise<{ readonly one: Uplink; readonly two: Uplink; readonly supplies: readonly Supply[] }> {
  const supplies = ['node-1', 'node-2'].map(() => new Supply());
  for (const supply of supplies) {
    for (const { key } of [FIRST, SECOND]) {
      const facts = [{ diffId: key, cataloger: 'dpkg', version: 1, facts: [] }];
      supply.items.set(key, { kind: 'layer-facts', facts });
    }
  }
  const [one, two] = supplies.map((content, at) => bench.agent(port, { node: `node-${at + 1}`, content }));
  assert.ok(one && two);
  one.start();
  two.start();
  return { one, two, supplies };
}

test('of content that nobody has made one node is asked, under a lease, and the other told to wait', async () => {
  const { port } = await bench.collect({ timing: { leaseMs: 60_000, retryContentMs: 40 } });
  const { one, two, supplies } = await twoAgents(port);
  const { wanted, leaseMs } = (await one.askContent([FIRST, SECOND], signal)) ?? NOTHING;
  assert.deepEqual(names(wanted), [FIRST, SECOND]);
  assert.equal(leaseMs, 60_000);
  assert.deepEqual(await two.askContent([FIRST, SECOND], signal), {
    ...NOTHING,
    elsewhere: [FIRST, SECOND],
    retryAfterMs: 40,
  });
  const renewed = await one.askContent([FIRST], signal);
  assert.deepEqual(names(renewed?.wanted), [FIRST], 'the lease is renewed');
  assert.equal(supplies[0]?.loads.length, 0, 'nothing is sent before it is offered as made');
  one.offerContent([FIRST, SECOND]);
  await until('both are stored', () => bench.store.facts.size === 2);
  assert.deepEqual(await two.askContent([FIRST, SECOND], signal), NOTHING);
});

test('a node that does not ask again in time loses its lease to another', async () => {
  let passed = 0;
  const timing = { leaseMs: 60_000, retryContentMs: 40 };
  const { port } = await bench.collect({ timing, clock: () => Date.now() + passed });
  const { one, two } = await twoAgents(port);
  await one.askContent([FIRST, SECOND], signal);
  passed = 40_000;
  await one.askContent([FIRST], signal);
  passed = 70_000;
  const answer = await two.askContent([FIRST, SECOND], signal);
  assert.deepEqual([names(answer?.wanted), answer?.elsewhere], [[SECOND], [FIRST]]);
});

test('a node that goes away leaves its leases to another at once', async () => {
  const { port } = await bench.collect({ timing: { leaseMs: 60_000 } });
  const { one, two } = await twoAgents(port);
  await one.askContent([FIRST], signal);
  await one.close(0);
  await until('the other is asked', async () => (await two.askContent([FIRST], signal))?.wanted.length === 1);
});

test('what a node cannot make after all is left to another at once', async () => {
  const { port } = await bench.collect({ timing: { leaseMs: 60_000 } });
  const { one, two } = await twoAgents(port);
  const { wanted } = (await one.askContent([FIRST, SECOND], signal)) ?? NOTHING;
  one.declineContent(wanted.slice(0, 1), 'no engine holds its layers');
  await until('it is said', () =>
    bench.log.some(({ refusal }) => refusal === 'not supplied: no engine holds its layers'),
  );
  const answer = await two.askContent([FIRST, SECOND], signal);
  assert.deepEqual([names(answer?.wanted), answer?.elsewhere], [[FIRST], [SECOND]]);
});

test('what the node has made is not asked for, lest its lease be void', async () => {
  const { port } = await bench.collect();
  const { one } = await twoAgents(port);
  const gate = Promise.withResolvers<void>();
  bench.store.gates.set('putLayerFacts', gate.promise);
  one.offerContent([FIRST]);
  await until('it is sent', () => (bench.store.calls.get('putLayerFacts') ?? 0) > 0);
  const asked = one.askContent([FIRST, SECOND], signal);
  gate.resolve();
  assert.deepEqual(names((await asked)?.wanted), [SECOND]);
  await until('it is stored', () => bench.store.facts.size === 1);
  assert.ok(bench.log.every(({ message }) => message !== 'content refused'));
});

test('who asks without a session is answered by the next one, and after a while not at all', async () => {
  const { ingest, port } = await bench.collect();
  const uplink = bench.agent(port, { timing: { aloneMs: 300 } });
  assert.equal(await uplink.askContent([FIRST], signal), undefined, 'there was none from the start');
  uplink.start();
  await until('it is connected', () => uplink.status().connected);
  assert.deepEqual(names((await uplink.askContent([FIRST], signal))?.wanted), [FIRST]);
  await ingest.close();
  assert.equal(await uplink.askContent([FIRST], signal), undefined, 'it is gone for long');
  const ended = new AbortController();
  const patient = bench.agent(port, { node: 'node-2' });
  const asked = patient.askContent([FIRST], ended.signal);
  ended.abort();
  await assert.rejects(asked, { name: 'AbortError' });
});

test('a node is told when a collector is not as it left it, and not when it comes back as it was', async () => {
  const { port } = await bench.collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  let lost = 0;
  const uplink = bench.agent(proxy.port, { onContentLost: () => void (lost += 1) });
  uplink.setState([hostItem()]);
  uplink.start();
  await until('the state is stored', () => bench.store.node('node-1').items.size === 1);
  const before = lost;
  proxy.cut();
  await until('it came back', async () => proxy.connections === 2 && uplink.status().connected);
  assert.equal(lost, before);
  const other = await sessionBench();
  bench.onStop(() => other.stop());
  const { port: otherPort } = await bench.collect({ store: other.store });
  proxy.retarget(otherPort);
  proxy.cut();
  await until('it is told', () => lost > before);
});
