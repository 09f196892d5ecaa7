import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import type { IngestOptions } from '../../collector/ingest/ingest.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { readTls } from '../../platform/tls.ts';
import { refusalOf, type DecodedResponse, type Refusal } from '../../proto/codec/session.ts';
import { hello, rawSession, type RawSession } from '../support/raw-session.ts';
import { BEAT_MS, hostItem, sessionBench, until, type SessionBench } from '../support/session-bench.ts';

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

/** Nobody is taken for dead because this machine is busy. */
function collect(options: Partial<IngestOptions> = {}): ReturnType<SessionBench['collect']> {
  return bench.collect({ beatIntervalMs: 60_000, ...options });
}

async function raw(port: number, node = 'node-1'): Promise<RawSession> {
  const session = await rawSession(port, bench.tls(node));
  bench.onStop(async () => session.close());
  return session;
}

/** Reads until the refusal, and that the stream ends after it. */
async function refusalOn(session: RawSession): Promise<Refusal> {
  let answer: DecodedResponse | undefined;
  do {
    answer = await session.next();
    assert.ok(answer, 'the stream ended without a refusal');
  } while (!answer.refusal);
  assert.equal(await session.next(), undefined);
  return refusalOf(answer.refusal);
}

test('a node that reports as another is refused and recorded', async () => {
  const { ingest, port } = await collect();
  const session = await raw(port, 'node-2');
  await session.send(hello({ node: 'node-1' }));
  const refusal = await refusalOn(session);
  assert.equal(refusal.reason, 'wrong-node');
  assert.match(refusal.message, /certificate is that of node node-2, but the agent reports as "node-1"/);
  const [record] = bench.store.refusals;
  assert.equal(record?.node, 'node-2');
  assert.equal(record.reason, 'wrong-node');
  assert.equal(bench.store.nodes.size, 0);
  assert.equal(ingest.sessions().length, 0);
});

test('an agent with a wrong name says what is wrong in its status', async () => {
  const { port } = await collect();
  const uplink = bench.agent(port, { node: 'node-1', tls: bench.tls('node-2') });
  uplink.start();
  await until('the refusal shows', () =>
    /refused: the certificate is that of node node-2/.test(uplink.status().lastError ?? ''),
  );
  assert.equal(uplink.status().connected, false);
});

test('a certificate that was revoked is refused, also when its session has begun before', async () => {
  const { ingest, port } = await bench.collect({ timing: { revocationCheckMs: 100 } });
  const uplink = bench.agent(port);
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  assert.ok((bench.store.node('node-1').session?.certificateUntil ?? 0) > Date.now());
  bench.store.revoked.set('node-1', Date.now());
  await until('it is refused', () => /certificate was revoked/.test(uplink.status().lastError ?? ''));
  await until('it is gone', () => ingest.sessions().length === 0);
  const session = await raw(port);
  await session.send(hello());
  assert.equal((await refusalOn(session)).reason, 'wrong-node');
  assert.ok(bench.store.refusals.length >= 2);
});

test('without a client certificate there is no stream', async () => {
  const { ingest, port } = await collect();
  const { ca } = await readTls({
    certFile: join(bench.dir, 'node-1.crt'),
    keyFile: join(bench.dir, 'node-1.key'),
    caFile: join(bench.dir, 'ca.crt'),
  });
  const { Client, credentials } = await import('@grpc/grpc-js');
  const client = new Client(`localhost:${port}`, credentials.createSsl(ca), {});
  bench.onStop(async () => client.close());
  const call = client.makeBidiStreamRequest(
    '/tallyman.v1.UplinkService/Session',
    (bytes: Buffer) => bytes,
    (bytes) => bytes,
  );
  const error = await new Promise<Error>((resolve) => call.once('error', resolve));
  assert.match(error.message, /UNAVAILABLE/);
  assert.equal(ingest.sessions().length, 0);
});

test('a certificate of another authority is refused, on both sides', async () => {
  const { port } = await collect();
  const other = join(bench.dir, 'other');
  await createDevelopmentCertificates(other, { nodes: ['node-1'], serverNames: ['localhost'] });
  const files = { certFile: join(other, 'node-1.crt'), keyFile: join(other, 'node-1.key') };
  // It trusts the collector, but the collector does not know it.
  const stranger = bench.agent(port, {
    tls: { kind: 'mutual', files: { ...files, caFile: join(bench.dir, 'ca.crt') } },
  });
  stranger.start();
  await until('the stranger fails', () => stranger.status().lastError !== undefined);
  // It does not know the collector.
  const distrustful = bench.agent(port, {
    tls: { kind: 'mutual', files: { ...files, caFile: join(other, 'ca.crt') } },
  });
  distrustful.start();
  await until('the other fails', () => distrustful.status().lastError !== undefined);
  assert.equal(bench.store.nodes.size, 0);
});

test("the collector's own certificate is no node's", async () => {
  const { port } = await collect();
  await copyFile(join(bench.dir, 'collector.crt'), join(bench.dir, 'mask.crt'));
  await copyFile(join(bench.dir, 'collector.key'), join(bench.dir, 'mask.key'));
  const session = await raw(port, 'mask');
  await assert.rejects(async () => {
    await session.send(hello({ node: '127.0.0.1' }));
    await session.next();
  });
  assert.equal(bench.store.nodes.size, 0);
});

test('plain text is for loopback alone', async () => {
  await assert.rejects(
    collect({ tls: { kind: 'insecure' }, listen: { host: '0.0.0.0', port: 0 } }),
    /0\.0\.0\.0 is not loopback/,
  );
  assert.throws(
    () => bench.agent(1, { tls: { kind: 'insecure' }, target: 'collector.example:7480' }),
    /collector\.example:7480 is not this machine/,
  );
  const { port } = await collect({ tls: { kind: 'insecure' } });
  const uplink = bench.agent(port, { tls: { kind: 'insecure' } });
  uplink.setState([hostItem()]);
  uplink.start();
  await until('the state is stored', () => bench.store.node('node-1').items.size === 1);
});

test('the same agent coming back replaces its older session', async () => {
  const { ingest, port } = await collect();
  const older = await raw(port);
  await older.send(hello());
  assert.ok((await older.next())?.welcome);
  const newer = await raw(port);
  await newer.send(hello());
  assert.ok((await newer.next())?.welcome);
  await assert.rejects(older.next(), /replaced by a newer session/);
  assert.equal(ingest.sessions().length, 1);
  assert.equal(bench.store.node('node-1').connected, true);
  assert.equal(bench.store.refusals.length, 0);
});

test('a second agent of the same name is refused while the first is alive, and recorded', async () => {
  const { ingest, port } = await collect();
  const uplink = bench.agent(port);
  uplink.start();
  await until('the first is connected', () => ingest.sessions().length === 1);
  const second = await raw(port);
  await second.send(hello({ instance: 'another' }));
  const refusal = await refusalOn(second);
  assert.equal(refusal.reason, 'duplicate');
  assert.ok((refusal.retryAfterMs ?? 0) > 0);
  assert.equal(bench.store.refusals[0]?.reason, 'duplicate');
  assert.equal(bench.store.refusals[0]?.node, 'node-1');
  assert.equal(ingest.sessions()[0]?.instance, 'instance-1');
});

test('a clock that jumps ahead makes nobody look dead', async () => {
  let ahead = 0;
  const { ingest, port } = await collect({ clock: () => Date.now() + ahead });
  const first = await raw(port);
  await first.send(hello());
  assert.ok((await first.next())?.welcome);
  ahead = 3_600_000;
  const second = await raw(port);
  await second.send(hello({ instance: 'another' }));
  const refusal = await refusalOn(second);
  assert.equal(refusal.reason, 'duplicate');
  assert.ok((refusal.retryAfterMs ?? 0) > 0);
  assert.equal(ingest.sessions().length, 1);
});

test('a second agent of the same name takes over from a silent one', async () => {
  const { ingest, port } = await bench.collect();
  const silent = await raw(port);
  await silent.send(hello());
  assert.ok((await silent.next())?.welcome);
  const uplink = bench.agent(port, { instance: 'another' });
  uplink.start();
  await until('it took over', () => ingest.sessions()[0]?.instance === 'another');
});

test('an agent that falls silent is dropped', async () => {
  const { ingest, port } = await bench.collect();
  const silent = await raw(port);
  await silent.send(hello());
  assert.ok((await silent.next())?.welcome);
  await until('it is dropped', () => ingest.sessions().length === 0);
  await until('the store knows', () => !bench.store.node('node-1').connected);
});

test('a stream without a hello is ended', async () => {
  const { port } = await collect({ timing: { helloMs: 2 * BEAT_MS } });
  const session = await raw(port);
  assert.equal(await session.next(), undefined);
});

test('a collector with all the sessions it can hold refuses more', async () => {
  const { ingest, port } = await collect({ limits: { maxSessions: 1 } });
  const uplink = bench.agent(port);
  uplink.start();
  await until('the first is connected', () => ingest.sessions().length === 1);
  const session = await raw(port, 'node-2');
  await session.send(hello({ node: 'node-2' }));
  const refusal = await refusalOn(session);
  assert.equal(refusal.reason, 'overloaded');
  assert.ok((refusal.retryAfterMs ?? 0) > 0);
  assert.equal(bench.store.refusals.length, 0);
});

test('a message larger than agreed is refused with words, one beyond all bounds with a status', async () => {
  const { ingest, port } = await collect();
  const large = await raw(port);
  await large.send(hello());
  await large.send({ goodbye: { reason: 'x'.repeat(1024 * 1024) } });
  const refusal = await refusalOn(large);
  assert.equal(refusal.reason, 'limit');
  assert.match(refusal.message, /a message of 10485\d\d bytes; at most 1048576 are agreed/);
  assert.equal(bench.store.refusals[0]?.reason, 'limit');

  const huge = await raw(port, 'node-2');
  await huge.send(hello({ node: 'node-2' }));
  assert.ok((await huge.next())?.welcome);
  await assert.rejects(async () => {
    await huge.send({ goodbye: { reason: 'x'.repeat(5 * 1024 * 1024) } });
    await huge.next();
  }, /larger than max/);
  await until('both sessions are over', () => ingest.sessions().length === 0);
});

test('limits of the hello and of the collector: the smaller holds', async () => {
  const { port } = await collect({ limits: { maxItemBytes: 5000 } });
  const session = await raw(port);
  await session.send(hello({ limits: { maxMessageBytes: 30_000, maxItemBytes: 9000, maxItems: 3 } }));
  const limits = (await session.next())?.welcome?.limits;
  assert.equal(limits?.maxMessageBytes, 30_000);
  assert.equal(limits.maxItemBytes, 5000);
  assert.equal(limits.maxItems, 3);
  const items = [1, 2, 3, 4].map((pid) => ({ key: `process/boot-1/${pid}/0`, payload: processPayload(pid) }));
  await session.send({ stateChange: { upserts: items } });
  assert.match((await refusalOn(session)).message, /4 state items; at most 3 of a node are kept/);
});

/** pid, boot id and attribution of a Process, encoded by hand. */
function processPayload(pid: number): Uint8Array {
  return Buffer.concat([
    Buffer.from([0x0a, 6]),
    Buffer.from('boot-1'),
    Buffer.from([0x10, pid, 0x52, 4]),
    Buffer.from('host'),
  ]);
}

const NONSENSE: Record<string, (session: RawSession) => Promise<void>> = {
  'a second hello': (session) => session.send(hello()),
  'a state item of no known kind': (session) =>
    session.send({ stateChange: { upserts: [{ key: 'volume/1', payload: new Uint8Array() }] } }),
  'a payload of another item': (session) =>
    session.send({ stateChange: { upserts: [{ key: 'process/boot-1/2/0', payload: processPayload(1) }] } }),
  'a key twice': (session) => session.send({ stateChange: { deletes: ['host/', 'host/'] } }),
  'short bucket hashes': (session) => session.send({ bucketHashes: { hashes: new Uint8Array(31) } }),
  'buckets nobody asked for': (session) => session.send({ bucketState: { buckets: [1], complete: true } }),
  'content of other catalogers': (session) =>
    session.send({
      contentOffer: {
        refs: [{ kind: 1, key: `sha256:${'0'.repeat(64)}`, catalogerSet: new Uint8Array(32) }],
      },
    }),
  'a key that is none': (session) =>
    session.send({
      contentOffer: { refs: [{ kind: 1, key: '../../etc/passwd', catalogerSet: new Uint8Array(32) }] },
    }),
  'events of another epoch': (session) =>
    session.send({ eventBatch: { epoch: 'other', events: [{ number: 1 }] } }),
  'events out of order': (session) =>
    session.send({ eventBatch: { epoch: 'epoch-1', events: [{ number: 2 }, { number: 1 }] } }),
  'a message of no known kind': (session) => session.sendBytes(Buffer.from([0xf2, 0x07, 0])),
};

for (const [name, misbehave] of Object.entries(NONSENSE)) {
  test(`refused and recorded: ${name}`, async () => {
    const { port } = await collect();
    const session = await raw(port);
    await session.send(hello());
    assert.ok((await session.next())?.welcome);
    await misbehave(session);
    assert.equal((await refusalOn(session)).reason, 'protocol');
    assert.equal(bench.store.refusals.length, 1);
    assert.equal(bench.store.refusals[0]?.node, 'node-1');
  });
}

test('no bytes harm the collector', async () => {
  const { ingest, port } = await collect({ timing: { helloMs: BEAT_MS } });
  const bytes = fc.uint8Array({ maxLength: 200 });
  // Tags of real fields make for deeper damage than bytes at random.
  const almost = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.uint8Array({ maxLength: 100 }))
    .map(([field, rest]) => Buffer.concat([Buffer.from([field * 8 + 2, rest.length]), rest]));
  let instance = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.oneof(bytes, almost), { maxLength: 4 }),
      async (greet, messages) => {
        instance += 1;
        const session = await rawSession(port, bench.tls('node-1'));
        try {
          if (greet) await session.send(hello({ instance: 'same' }));
          for (const message of messages) await session.sendBytes(message);
          session.halfClose();
          while ((await session.next()) !== undefined);
        } catch {
          // Refused with a status instead of words; that the collector lives is what counts.
        } finally {
          session.close();
        }
      },
    ),
    { numRuns: 60 },
  );
  const uplink = bench.agent(port, { node: 'node-2' });
  uplink.setState([hostItem()]);
  uplink.start();
  await until('an honest agent is served', () => bench.store.node('node-2').items.size === 1);
  await until('the others are gone', () => ingest.sessions().length === 1);
  assert.ok(instance >= 60);
});

test('a store that fails ends the session with a retry, and the agent comes back', async () => {
  const { port } = await collect({ timing: { storeRetryMs: BEAT_MS } });
  const uplink = bench.agent(port);
  uplink.start();
  await until('it is connected', () => uplink.status().connected);
  bench.store.failure = new Error('the disk is full');
  uplink.setState([hostItem()]);
  await until('the agent is told', () => /could not store/.test(uplink.status().lastError ?? ''));
  assert.equal(bench.store.refusals.length, 0);
  assert.ok(bench.log.some((line) => line['message'] === 'session broken off' && line['level'] === 'error'));
  bench.store.failure = undefined;
  await until('the state is stored', () => bench.store.node('node-1').items.size === 1);
});

test('the health service answers, to those with a certificate', async () => {
  let isReady: () => Promise<boolean> = () => Promise.resolve(true);
  const { ingest, port } = await collect({ isReady: () => isReady() });
  const material = await readTls({
    certFile: join(bench.dir, 'node-1.crt'),
    keyFile: join(bench.dir, 'node-1.key'),
    caFile: join(bench.dir, 'ca.crt'),
  });
  const { Client, credentials } = await import('@grpc/grpc-js');
  const client = new Client(
    `localhost:${port}`,
    credentials.createSsl(material.ca, material.key, material.cert),
    {},
  );
  bench.onStop(async () => client.close());
  const check = (): Promise<Buffer | undefined> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        (bytes: Buffer) => bytes,
        (bytes) => bytes,
        Buffer.alloc(0),
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  assert.deepEqual(await check(), Buffer.from([8, 1]));
  isReady = () => Promise.resolve(false);
  assert.deepEqual(await check(), Buffer.from([8, 2]));
  isReady = () => Promise.reject(new Error('it cannot be told'));
  assert.deepEqual(await check(), Buffer.from([8, 2]));
  isReady = () => Promise.resolve(true);
  assert.deepEqual(await check(), Buffer.from([8, 1]));
  await ingest.drain(0);
  assert.deepEqual(await check(), Buffer.from([8, 2]));
});
