import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import type { Uplink } from '../../agent/uplink/uplink.ts';
import type { IngestOptions, VerificationOutcome } from '../../collector/ingest/ingest.ts';
import type { Composition } from '../../core/composition.ts';
import type { CatalogerFacts, PackageRecord } from '../../core/facts.ts';
import { catalogerSet, compositionKey, encodeContent, encodeRef } from '../../proto/codec/content.ts';
import type { Request } from '../../proto/codec/session.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import { hello, rawSession, type RawSession } from '../support/raw-session.ts';
import { hostItem, sessionBench, Supply, until, type SessionBench } from '../support/session-bench.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { resultOf } from '../support/steps.ts';

const SET = catalogerSet([{ id: 'dpkg', version: 1 }]);

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

/** Beats far enough apart that making large content in this process does not look like silence. */
function collect(options: Partial<IngestOptions> = {}): ReturnType<SessionBench['collect']> {
  return bench.collect({ beatIntervalMs: 2000, ...options });
}

function diffId(number: number): string {
  return `sha256:${number.toString(16).padStart(64, '0')}`;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function layer(number: number): { readonly kind: 'layer-facts'; readonly key: string } {
  return { kind: 'layer-facts', key: diffId(number) };
}

function factsOf(number: number, packages: readonly PackageRecord[] = []): CatalogerFacts[] {
  const fact = { path: 'var/lib/dpkg/status', status: 'found', packages: [...packages] } as const;
  return [{ diffId: diffId(number), cataloger: 'dpkg', version: 1, facts: [fact] }];
}

function packageNamed(name: string): PackageRecord {
  return { type: 'deb', name, version: '1.0-1', licenses: ['MIT'] };
}

function composition(...layers: number[]): { readonly key: string; readonly value: Composition } {
  const diffIds = layers.map(diffId);
  const value = {
    diffIds,
    visible: [{ layer: 0, cataloger: 'dpkg', path: 'var/lib/dpkg/status' }],
    owned: [],
    introduced: [],
    deletedDatabases: [],
    opaqueBlind: false,
  };
  return { key: compositionKey(diffIds, SET), value };
}

function supplyOf(...layers: number[]): Supply {
  const supply = new Supply();
  for (const number of layers) {
    supply.items.set(diffId(number), {
      kind: 'layer-facts',
      facts: factsOf(number, [packageNamed(`p${number}`)]),
    });
  }
  return supply;
}

test('layers and compositions arrive as they were', async () => {
  const { port } = await collect();
  const content = supplyOf(1, 2);
  const { key, value } = composition(1, 2);
  content.items.set(key, { kind: 'composition', composition: value });
  const uplink = bench.agent(port, { content });
  // In an order that would not do: the composition needs the facts of its layers first.
  uplink.offerContent([{ kind: 'composition', key }, layer(1), layer(2)]);
  uplink.start();
  await until('the composition is stored', () => bench.store.compositions.size === 1);
  assert.deepEqual([...bench.store.compositions.values()], [value]);
  assert.deepEqual(
    bench.store.facts.get(`layer-facts ${diffId(1)} ${SET}`),
    factsOf(1, [packageNamed('p1')]),
  );
  assert.equal(content.loads.length, 3);
});

test('two agents with the same layers send each layer once', async () => {
  const { ingest, port } = await collect();
  const numbers = range(1, 30);
  const supplies = [supplyOf(...numbers), supplyOf(...numbers)] as const;
  for (const [at, content] of supplies.entries()) {
    const uplink = bench.agent(port, { node: `node-${at + 1}`, content });
    uplink.offerContent(numbers.map(layer));
    uplink.start();
  }
  await until('all layers are stored', () => bench.store.facts.size === 30);
  await until('both agents know', () =>
    ingest.sessions().every(({ received }) => (received['contentOffer'] ?? 0) > 0),
  );
  await sleep(200);
  assert.equal(supplies[0].loads.length + supplies[1].loads.length, 30);
  assert.equal(bench.store.calls.get('putLayerFacts'), 30);
});

test('what the collector holds already is not sent, nor offered again', async () => {
  const { ingest, port } = await collect();
  const first = bench.agent(port, { content: supplyOf(1) });
  first.offerContent([layer(1)]);
  first.start();
  await until('the layer is stored', () => bench.store.facts.size === 1);
  const content = supplyOf(1);
  const second = bench.agent(port, { node: 'node-2', content });
  second.start();
  second.offerContent([layer(1)]);
  const offers = (): number =>
    ingest.sessions().find(({ node }) => node === 'node-2')?.received['contentOffer'] ?? 0;
  await until('it is offered', () => offers() > 0);
  for (let time = 0; time < 5; time += 1) {
    second.offerContent([layer(1)]);
    await sleep(50);
  }
  assert.equal(offers(), 1);
  assert.deepEqual(content.loads, []);
});

test('content larger than a message goes in chunks', async () => {
  const { ingest, port } = await collect();
  const content = new Supply();
  // Random names do not compress: three times a message is left of it.
  const packages = Array.from({ length: 30_000 }, () => packageNamed(randomBytes(100).toString('base64')));
  content.items.set(diffId(1), { kind: 'layer-facts', facts: factsOf(1, packages) });
  const uplink = bench.agent(port, { content });
  uplink.offerContent([layer(1)]);
  uplink.start();
  await until('the layer is stored', () => bench.store.facts.size === 1);
  const stored = bench.store.facts.get(`layer-facts ${diffId(1)} ${SET}`);
  assert.deepEqual(stored, factsOf(1, packages));
  const [view] = ingest.sessions();
  assert.ok((view?.received['contentChunk'] ?? 0) >= 3);
  assert.ok((view?.receivedBytes ?? 0) > 2 * 1024 * 1024);
});

test('content larger than the collector takes is said, and not tried again', async () => {
  const { port } = await collect({ limits: { maxContentBytes: 10_000 } });
  const content = supplyOf(2);
  const packages = Array.from({ length: 1000 }, (_, at) => packageNamed(`package-${at}`));
  content.items.set(diffId(1), { kind: 'layer-facts', facts: factsOf(1, packages) });
  const uplink = bench.agent(port, { content });
  uplink.offerContent([layer(1), layer(2)]);
  uplink.start();
  await until('the other is stored', () => bench.store.facts.size === 1);
  const [said, ...others] = uplink.limitations();
  assert.deepEqual(others, []);
  assert.match(said ?? '', /^The packages of sha256:0+1 are not reported: it has \d+ bytes/);
  uplink.offerContent([layer(2)]);
  assert.deepEqual(uplink.limitations(), []);
});

test('of one node no more content is stored than is kept of one, and another may bring the rest', async () => {
  const limits = { nodeContentBytes: 100, nodeContentBytesPerSecond: 1 };
  const { port } = await collect({ limits });
  const greedy = bench.agent(port, { content: supplyOf(...range(1, 10)) });
  greedy.offerContent(range(1, 10).map(layer));
  greedy.start();
  await until('it is refused', () => bench.store.refusals.length > 0);
  const stored = bench.store.facts.size;
  assert.ok(stored >= 1 && stored < 10, `${stored} layers`);
  const { node, reason, message } = bench.store.refusals[0] ?? {};
  assert.deepEqual([node, reason], ['node-1', 'limit']);
  assert.match(message ?? '', /^the node sends more content than is stored of one/);
  const other = bench.agent(port, { node: 'node-2', content: supplyOf(10) });
  other.offerContent([layer(10)]);
  other.start();
  await until('the other is heard', () => bench.store.facts.has(`layer-facts ${diffId(10)} ${SET}`));
});

test('content that cannot be made is left to another node', async () => {
  const { port } = await collect();
  const poor = bench.agent(port, { content: new Supply() });
  poor.offerContent([layer(1)]);
  poor.start();
  await until('it failed', () => bench.log.some((line) => line['message'] === 'content refused'));
  const rich = bench.agent(port, { node: 'node-2', content: supplyOf(1) });
  rich.offerContent([layer(1)]);
  rich.start();
  await until('the layer is stored', () => bench.store.facts.size === 1);
});

/** An agent that is asked for the layers and never makes them, and a second one that holds them too. */
async function slowAndQuick(port: number): Promise<{ readonly slow: Uplink; readonly content: Supply }> {
  const stuck = new Supply();
  stuck.load = () => new Promise(() => undefined);
  const slow = bench.agent(port, { content: stuck });
  slow.offerContent([layer(1), layer(2)]);
  slow.start();
  await until('the first is asked', () => bench.store.leases.size === 2);
  const content = supplyOf(1, 2);
  const quick = bench.agent(port, { node: 'node-2', content });
  quick.offerContent([layer(1), layer(2)]);
  quick.start();
  await until('the second asked twice', () => (bench.store.calls.get('claimContent') ?? 0) > 2);
  assert.deepEqual(content.loads, []);
  return { slow, content };
}

test('another node takes over content when the lease of the first lapses', async () => {
  let passed = 0;
  const timing = { leaseMs: 60_000, retryContentMs: 30 };
  const { port } = await collect({ timing, clock: () => Date.now() + passed });
  const { content } = await slowAndQuick(port);
  passed = timing.leaseMs;
  await until('the layers are stored', () => bench.store.facts.size === 2);
  assert.deepEqual(content.loads.toSorted(), [diffId(1), diffId(2)]);
});

test('a composition is asked for when no other node is at the layers that came with it', async () => {
  const { port } = await collect({ timing: { leaseMs: 60_000, retryContentMs: 30 } });
  const stuck = new Supply();
  stuck.load = () => new Promise(() => undefined);
  const slow = bench.agent(port, { content: stuck });
  slow.offerContent([layer(1)]);
  slow.start();
  await until('the first is asked', () => bench.store.leases.size === 1);
  const content = supplyOf(1);
  const { key, value } = composition(1);
  content.items.set(key, { kind: 'composition', composition: value });
  const quick = bench.agent(port, { node: 'node-2', content });
  quick.offerContent([{ kind: 'composition', key }, layer(1)]);
  quick.start();
  await until('the second asked twice', () => (bench.store.calls.get('claimContent') ?? 0) > 4);
  assert.deepEqual(content.loads, []);
  await slow.close(0);
  await until('the composition is stored', () => bench.store.compositions.size === 1);
  assert.deepEqual(content.loads, [diffId(1), key]);
});

test('another node takes over content when the first goes away', async () => {
  const { port } = await collect({ timing: { leaseMs: 60_000, retryContentMs: 30 } });
  const { slow, content } = await slowAndQuick(port);
  await slow.close(0);
  await until('the layers are stored', () => bench.store.facts.size === 2);
  assert.deepEqual(content.loads.toSorted(), [diffId(1), diffId(2)]);
});

test('an agent without credit waits, and says so to the scan loop', async () => {
  const { ingest, port } = await collect({ limits: { creditItems: 2 } });
  const gate = Promise.withResolvers<void>();
  const content = supplyOf(...Array.from({ length: 20 }, (_, at) => at + 1));
  const uplink = bench.agent(port, { content });
  assert.equal(uplink.hasCredit(), true);
  uplink.start();
  await until('it is connected', () => uplink.status().connected && ingest.sessions().length === 1);
  bench.store.gates.set('putLayerFacts', gate.promise);
  uplink.offerContent(Array.from({ length: 20 }, (_, at) => layer(at + 1)));
  await until('the credit is gone', () => !uplink.hasCredit());
  let resumed = false;
  const waiting = uplink.creditAvailable(AbortSignal.timeout(120_000)).then(() => {
    resumed = true;
  });
  await sleep(100);
  assert.equal(resumed, false);
  assert.ok(content.loads.length <= 3, `${content.loads.length} items made`);
  gate.resolve();
  await waiting;
  await until('all is stored', () => bench.store.facts.size === 20);
  assert.equal(uplink.hasCredit(), true);
});

test('a cut in the middle of content loses nothing', async () => {
  const { port } = await collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const content = new Supply();
  const packages = Array.from({ length: 30_000 }, () => packageNamed(randomBytes(100).toString('base64')));
  content.items.set(diffId(1), { kind: 'layer-facts', facts: factsOf(1, packages) });
  const uplink = bench.agent(proxy.port, { content });
  uplink.offerContent([layer(1)]);
  proxy.cutAfter(1_500_000);
  uplink.start();
  await until('the layer is stored', () => bench.store.facts.size === 1);
  assert.equal(proxy.connections, 2);
  assert.equal(content.loads.length, 2);
});

/** Two nodes that hold layer 1; what the first reads is stored, the second is asked to compare. */
async function readTwice(first: Supply, second: Supply): Promise<VerificationOutcome[]> {
  const outcomes: VerificationOutcome[] = [];
  const { port } = await collect({ verifyShare: 1, onVerified: (outcome) => void outcomes.push(outcome) });
  const one = bench.agent(port, { content: first });
  one.offerContent([layer(1)]);
  one.start();
  await until('the layer is stored', () => bench.store.facts.size === 1);
  const other = bench.agent(port, { node: 'node-2', content: second });
  other.offerContent([layer(1)]);
  other.start();
  await until('it was compared', () => outcomes.length > 0);
  return outcomes;
}

test('a share of the layers is read by a second node too', async () => {
  const second = supplyOf(1);
  assert.deepEqual(await readTwice(supplyOf(1), second), ['same']);
  assert.deepEqual(second.loads, [diffId(1)]);
  const third = supplyOf(1);
  const { ingest, port } = await collect({ verifyShare: 1 });
  const uplink = bench.agent(port, { content: third });
  uplink.offerContent([layer(1)]);
  uplink.start();
  await until('it has asked', () =>
    ingest.sessions().some(({ received }) => (received['contentOffer'] ?? 0) > 0),
  );
  await uplink.close(1000);
  assert.deepEqual(third.loads, [], 'once is enough');
});

test('what a second node reads otherwise is kept with both names, and nothing is replaced', async () => {
  const other = new Supply();
  other.items.set(diffId(1), { kind: 'layer-facts', facts: factsOf(1, [packageNamed('planted')]) });
  assert.deepEqual(await readTwice(supplyOf(1), other), ['different']);
  const [verification] = bench.store.verifications.values();
  assert.equal(verification?.lease.node, 'node-2');
  const { stored, computed, ...where } = verification.difference ?? {};
  assert.deepEqual(where, {
    cataloger: 'dpkg',
    version: 1,
    suppliedBy: 'node-1',
    path: 'var/lib/dpkg/status',
  });
  assert.match(stored ?? '', /"p1"/);
  assert.match(computed ?? '', /"planted"/);
  assert.deepEqual([...bench.store.facts.values()], [factsOf(1, [packageNamed('p1')])]);
});

test('a collector that lost its store gets everything again', async () => {
  const { port } = await collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const content = supplyOf(1);
  const uplink = bench.agent(proxy.port, { content });
  uplink.offerContent([layer(1)]);
  uplink.start();
  await until('the layer is stored', () => bench.store.facts.size === 1);
  const other = await sessionBench();
  bench.onStop(() => other.stop());
  // The same authority, another store.
  const { port: otherPort } = await collect({ store: other.store });
  uplink.setState([hostItem()]);
  await until('the state is stored', () => bench.store.node('node-1').items.size === 1);
  proxy.retarget(otherPort);
  proxy.cut();
  await until('the layer is there too', () => other.store.facts.size === 1);
  await until('and the state', () => other.store.node('node-1').items.size === 1);
});

// From here on by hand: what a wrong or hostile agent might send.

interface Lent {
  readonly session: RawSession;
  readonly ref: tallyman.v1.ContentRef.$Properties;
  readonly lease: number;
}

/** A session that was asked for the layer. */
async function lent(port: number, number: number, instance = 'raw-1'): Promise<Lent> {
  const session = await rawSession(port, bench.tls('node-1'));
  bench.onStop(async () => session.close());
  await session.send(hello({ instance }));
  assert.ok((await session.next())?.welcome);
  const ref = encodeRef({ ...layer(number), catalogerSet: SET });
  await session.send({ contentOffer: { refs: [ref] } });
  const want = (await session.next())?.contentWant;
  return { session, ref, lease: want?.wanted?.[0]?.lease ?? 0 };
}

function chunkOf(
  { ref, lease }: Lent,
  message: Uint8Array,
  overrides: Partial<NonNullable<Request['contentChunk']>> = {},
): Request {
  const sha256 = createHash('sha256').update(message).digest();
  const bytes = zstdCompressSync(message);
  return {
    contentChunk: { ref, lease, index: 0, last: true, bytes, sha256, size: message.length, ...overrides },
  };
}

async function refusalOf(session: RawSession): Promise<string> {
  const answer = await session.next();
  const stored = answer?.contentStored;
  assert.ok(stored, JSON.stringify(answer));
  // The credit comes back whatever became of the content.
  assert.equal((await session.next())?.credit?.contentItems, 1);
  return stored.refusal ?? '';
}

test('content is refused that is not what it should be', async () => {
  const { port } = await collect();
  const facts = resultOf(encodeContent(diffId(1), { kind: 'layer-facts', facts: factsOf(1) }));
  const others = resultOf(encodeContent(diffId(2), { kind: 'layer-facts', facts: factsOf(2) }));
  const strange = resultOf(
    encodeContent(diffId(1), {
      kind: 'layer-facts',
      facts: factsOf(1).map((one) => ({ ...one, version: 2 })),
    }),
  );
  const cases: [RegExp, (lent: Lent) => Request][] = [
    [/not what its hash says/, (one) => chunkOf(one, facts, { sha256: new Uint8Array(32) })],
    [/inflates to more than it says/, (one) => chunkOf(one, facts, { size: facts.length - 1 })],
    [/not what its hash says/, (one) => chunkOf(one, facts, { size: facts.length + 1 })],
    [/not zstd/, (one) => chunkOf(one, facts, { bytes: Buffer.from('no zstd at all') })],
    [/not those of layer/, (one) => chunkOf(one, others)],
    [/did not name/, (one) => chunkOf(one, strange)],
    [/not a protobuf message/, (one) => chunkOf(one, Buffer.from([0xff, 0xff]))],
    [/at most 33554432 are accepted/, (one) => chunkOf(one, facts, { size: 1e12 })],
    [/no longer, with this node/, (one) => chunkOf({ ...one, lease: one.lease + 1 }, facts)],
    [/^not supplied: gone$/, (one) => chunkOf(one, facts, { bytes: new Uint8Array(), failure: 'gone' })],
  ];
  for (const [why, chunk] of cases) {
    const one = await lent(port, 1);
    await one.session.send(chunk(one));
    assert.match(await refusalOf(one.session), why);
  }
  assert.equal(bench.store.facts.size, 0);
  const honest = await lent(port, 1);
  await honest.session.send(chunkOf(honest, facts));
  assert.equal(await refusalOf(honest.session), '');
  assert.equal(bench.store.facts.size, 1);
});

test('a bomb inflates to no more than it announced', async () => {
  const { port } = await collect();
  const bomb = zstdCompressSync(Buffer.alloc(512 * 1024 * 1024));
  assert.ok(bomb.length < 100_000);
  const one = await lent(port, 1);
  const before = process.memoryUsage().rss;
  await one.session.send(chunkOf(one, Buffer.from('small'), { bytes: bomb, size: 1_000_000 }));
  assert.match(await refusalOf(one.session), /inflates to more than it says/);
  assert.ok(process.memoryUsage().rss - before < 128 * 1024 * 1024);
});

test('chunks that are mixed, out of order or beyond the credit end the session', async () => {
  const { port } = await collect({ limits: { creditBytes: 100_000 } });
  const first = await lent(port, 1);
  await first.session.send({
    contentChunk: { ref: first.ref, lease: first.lease, index: 1, bytes: Buffer.alloc(10) },
  });
  assert.match((await first.session.next())?.refusal?.message ?? '', /chunk 1 of content came instead of 0/);

  const second = await lent(port, 2);
  await second.session.send({
    contentChunk: { ref: second.ref, lease: second.lease, index: 0, bytes: Buffer.alloc(10) },
  });
  assert.ok((await second.session.next())?.credit);
  const other = encodeRef({ ...layer(3), catalogerSet: SET });
  await second.session.send({
    contentChunk: { ref: other, lease: second.lease, index: 1, bytes: Buffer.alloc(10) },
  });
  assert.match((await second.session.next())?.refusal?.message ?? '', /two content items are mixed/);

  const third = await lent(port, 4);
  const bytes = Buffer.alloc(100_001);
  await third.session.send({ contentChunk: { ref: third.ref, lease: third.lease, index: 0, bytes } });
  assert.match((await third.session.next())?.refusal?.message ?? '', /more content than it has credit for/);
});
