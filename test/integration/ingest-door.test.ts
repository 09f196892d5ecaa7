import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { TurnedAwayWord } from '../../collector/ingest/door/turned-away.ts';
import type { Ingest, IngestOptions } from '../../collector/ingest/ingest.ts';
import { issueCertificate, loadAuthority } from '../../platform/certificate-authority.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { hello, rawSession } from '../support/raw-session.ts';
import { needsCommands } from '../support/requirements.ts';
import { sessionBench, until, type SessionBench } from '../support/session-bench.ts';

// What the collector's listening socket lets in, and what it says of the rest. Real sockets, real TLS.

const DAY_MS = 86_400_000;

let bench: SessionBench;
let turnedAway: (readonly [why: TurnedAwayWord, address: string])[];

beforeEach(async () => {
  bench = await sessionBench();
  turnedAway = [];
});

afterEach(() => bench.stop());

function collect(options: Partial<IngestOptions> = {}): ReturnType<SessionBench['collect']> {
  return bench.collect({
    beatIntervalMs: 60_000,
    onTurnedAway: ({ why, address }) => turnedAway.push([why, address]),
    ...options,
  });
}

function keep<T extends Socket>(socket: T): T {
  socket.on('error', () => undefined).resume();
  bench.onStop(async () => socket.destroy());
  return socket;
}

/** A connection that says no more than this. */
async function mute(port: number, ...words: readonly (string | Buffer)[]): Promise<Socket> {
  const socket = keep(connect(port, '127.0.0.1'));
  await once(socket, 'connect');
  for (const word of words) socket.write(word);
  return socket;
}

interface Shown {
  /** Of which the certificate is; none is shown without. */
  readonly name?: string;
  readonly dir?: string;
  /** Whom the collector's certificate must come from. */
  readonly ca?: string;
}

/** A TLS client, whatever comes of it. */
async function client(port: number, shown: Shown, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { name, dir = bench.dir, ca = bench.dir } = shown;
  const identity = name !== undefined && {
    cert: await readFile(join(dir, `${name}.crt`)),
    key: await readFile(join(dir, `${name}.key`)),
  };
  return keep(
    connectTls({
      port,
      host: '127.0.0.1',
      ca: await readFile(join(ca, 'ca.crt')),
      ...identity,
      ALPNProtocols: ['h2'],
      ...options,
    }),
  );
}

/** A connection on which each byte is sent by itself. */
function dripping(port: number): Duplex {
  const socket = keep(connect({ port, host: '127.0.0.1', noDelay: true }));
  const drip = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of source) {
      for (const byte of piece) {
        socket.write(Buffer.of(byte));
        await nextTurn();
      }
    }
  };
  return Duplex.from({ readable: socket, writable: drip });
}

/** The certificate of node-1, as it would be if it had been made at another time. */
async function writeCertificate(name: string, madeAt: number): Promise<void> {
  const read = (file: string) => readFile(join(bench.dir, file), 'utf8');
  const authority = await loadAuthority({ certificate: await read('ca.crt'), key: await read('ca.key') });
  const issued = await issueCertificate(authority, { node: 'node-1', now: madeAt, days: 1 });
  await writeFile(join(bench.dir, `${name}.crt`), issued.certificate);
  await writeFile(join(bench.dir, `${name}.key`), issued.key);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function settled(ingest: Ingest, connections: number): Promise<void> {
  await until(`${connections} connections`, () => {
    const now = ingest.connections();
    return now.connections === connections && now.handshakes === 0;
  });
}

test('every way in which a handshake fails is recorded, with where it came from', async () => {
  const { ingest, port } = await collect({ door: { handshakeMs: 4_000 } });
  const other = join(bench.dir, 'other');
  await createDevelopmentCertificates(other, { nodes: ['node-1'], serverNames: ['127.0.0.1'] });
  await writeCertificate('old', Date.now() - 10 * DAY_MS);
  await writeCertificate('young', Date.now() + 10 * DAY_MS);
  const ways: readonly (readonly [TurnedAwayWord, () => Promise<unknown>])[] = [
    ['no-certificate', () => client(port, {})],
    ['no-certificate', () => client(port, {}, { maxVersion: 'TLSv1.2' })],
    ['unknown-authority', () => client(port, { name: 'node-1', dir: other })],
    ['expired', () => client(port, { name: 'old' })],
    ['not-yet-valid', () => client(port, { name: 'young' })],
    ['bad-certificate', () => client(port, { name: 'collector' })],
    ['protocol', () => client(port, { name: 'node-1' }, { ALPNProtocols: ['http/1.1'] })],
    ['protocol', () => client(port, { name: 'node-1' }, { ALPNProtocols: [] })],
    ['protocol', () => mute(port, 'GET / HTTP/1.1\r\n\r\n')],
    ['protocol', () => mute(port, 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n')],
    ['protocol', () => mute(port, Buffer.alloc(3000, 0xff))],
    ['too-slow', () => mute(port)],
    ['too-slow', () => mute(port, Buffer.from([0x16, 0x03, 0x01, 0x40]))],
    ['broken-off', async () => (await mute(port, Buffer.from([0x16, 0x03]))).end()],
  ];
  for (const [why, act] of ways) {
    const before = turnedAway.length;
    await act();
    await until(why, () => turnedAway.length > before);
    assert.deepEqual(turnedAway.slice(before), [[why, '127.0.0.1']]);
  }
  await settled(ingest, 0);

  // Which of two it is depends on who is quicker to see that it is not served by whom it looks for.
  await client(port, { name: 'node-1', ca: other });
  await until('it does not accept the collector', () => turnedAway.length > ways.length);
  assert.match(turnedAway.at(-1)?.[0] ?? '', /^(?:broken-off|distrusts-us)$/);

  await ingest.close();
  const lines = bench.store.refusals.map(({ reason, node, message, count }) => [
    reason,
    node,
    message,
    count,
  ]);
  const counted = lines.filter(
    ([, , message]) => message === 'it showed no client certificate (from 127.0.0.1)',
  );
  assert.deepEqual(counted, [['connection', '', 'it showed no client certificate (from 127.0.0.1)', 2]]);
  assert.ok(lines.length <= 9, 'equal ones are one line');
});

test('who only looks whether the collector is there is no matter for the record', async () => {
  const { ingest, port } = await collect();
  for (let time = 0; time < 20; time += 1) (await mute(port)).end();
  (await mute(port)).resetAndDestroy();
  await settled(ingest, 0);
  assert.deepEqual(turnedAway, []);
});

test('a handshake that is kept alive by a byte now and then ends at its time all the same', async () => {
  const { port } = await collect({ door: { handshakeMs: 1500 } });
  const socket = await mute(port, Buffer.from([0x16, 0x03, 0x01, 0x40, 0x00]));
  const dripping = setInterval(() => socket.write(Buffer.from([1])), 100);
  await closed(socket);
  clearInterval(dripping);
  assert.deepEqual(turnedAway, [['too-slow', '127.0.0.1']]);
});

test('a handshake may come in the smallest pieces', async () => {
  const { ingest, port } = await collect();
  const socket = await client(port, { name: 'node-1' }, { socket: dripping(port) });
  await once(socket, 'secureConnect');
  await settled(ingest, 1);
  socket.destroy();
  await settled(ingest, 0);
  assert.deepEqual(turnedAway, []);
});

test('an agent is in while others crowd the door, and gets in again', async () => {
  const { ingest, port } = await collect({
    door: { maxHandshakes: 30, maxHandshakesPerAddress: 20 },
  });
  const agent = bench.agent(port);
  agent.start();
  await until('it is connected', () => agent.status().connected);
  const crowd = Array.from({ length: 500 }, () => keep(connect(port, '127.0.0.1')));
  await until('the crowd is turned away', () => turnedAway.length >= 480);
  assert.equal(ingest.connections().handshakes, 20);
  assert.ok(turnedAway.every(([why]) => why === 'too-many-from-address'));
  assert.ok(agent.status().connected);

  // From the crowd's own address, where all the room is taken: whoever dawdled goes.
  const late = bench.agent(port, { node: 'node-2' });
  late.start();
  await until('another agent gets in', () => late.status().connected);
  assert.ok(ingest.connections().handshakes <= 20);
  for (const socket of crowd) socket.destroy();
  await until('the crowd is gone', () => ingest.connections().handshakes === 0);
  assert.ok(agent.status().connected && late.status().connected);
});

test('all connections together are bounded, and room is free again when one ends', async () => {
  const { ingest, port } = await collect({ door: { maxConnections: 2 } });
  const [first, second] = [bench.agent(port), bench.agent(port, { node: 'node-2' })];
  first.start();
  second.start();
  await until('both are connected', () => first.status().connected && second.status().connected);
  await mute(port);
  await until('a third is turned away', () => turnedAway.length > 0);
  assert.deepEqual(turnedAway[0], ['too-many-connections', '127.0.0.1']);
  await second.close(0);
  await settled(ingest, 1);
  const again = bench.agent(port, { node: 'node-2' });
  again.start();
  await until('there is room', () => again.status().connected);
});

test('one node cannot take the room of all with its certificate', async () => {
  const { ingest, port } = await collect({ door: { maxPerHolder: 3 } });
  for (let time = 0; time < 10; time += 1) await client(port, { name: 'node-1' });
  await until('seven are turned away', () => turnedAway.length === 7);
  assert.deepEqual(new Set(turnedAway.map(([why]) => why)), new Set(['too-many-of-holder']));
  const other = bench.agent(port, { node: 'node-2' });
  other.start();
  await until('the other node is connected', () => other.status().connected);
  await ingest.close();
  const [line] = bench.store.refusals.filter(({ reason }) => reason === 'connection');
  assert.deepEqual([line?.node, line?.count], ['node-1', 7]);
});

test('a certificate without a node in it speaks for none', { skip: needsCommands('openssl') }, async () => {
  const { port } = await collect();
  const openssl = (...parameters: readonly string[]) =>
    execFileSync('openssl', parameters, { cwd: bench.dir, stdio: 'pipe' });
  openssl('genpkey', '-algorithm', 'ed25519', '-out', 'nobody.key');
  openssl('req', '-new', '-key', 'nobody.key', '-subj', '/O=a firm', '-out', 'nobody.csr');
  openssl('x509', '-req', '-in', 'nobody.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-out', 'nobody.crt');
  const session = await rawSession(port, bench.tls('nobody'));
  bench.onStop(async () => session.close());
  await session.send(hello({ node: 'node-1' })).catch(() => undefined);
  const { refusal } = (await session.next()) ?? {};
  assert.match(refusal?.message ?? '', /^the certificate names no node/);
  assert.equal(bench.store.refusals[0]?.reason, 'wrong-node');
  assert.equal(bench.store.nodes.size, 0);
});

test('who shows no certificate gets nowhere by resuming what was refused', async () => {
  const { ingest, port } = await collect();
  const sessions: Buffer[] = [];
  for (const options of [{}, { maxVersion: 'TLSv1.2' }] as const) {
    const socket = await client(port, {}, options);
    socket.on('session', (session) => sessions.push(session));
    await closed(socket);
  }
  for (const session of sessions) {
    const socket = await client(port, {}, { session });
    await closed(socket);
  }
  assert.equal(turnedAway.length, 2 + sessions.length);
  assert.equal(ingest.connections().connections, 0);
});

test('the collector listens on both addresses of localhost', async () => {
  const { ingest, port } = await collect({ listen: { host: 'localhost', port: 0 } });
  await mute(port, 'x\r\n\r\n');
  await until('it was heard', () => turnedAway.length === 1);
  const names = await lookup('localhost', { all: true });
  // A host without IPv6 has one alone.
  if (names.some(({ family }) => family === 6)) {
    keep(connect(port, '::1')).write('x\r\n\r\n');
    await until('it was heard too', () => turnedAway.length === 2);
    assert.equal(turnedAway[1]?.[1], '0:0:0:0::/64');
  }
  await settled(ingest, 0);
});

test('new certificates are shown to whoever comes then, and nobody has to go', async () => {
  const files = { certFile: 'c.crt', keyFile: 'c.key', caFile: 'ca.crt' };
  const [certFile, keyFile, caFile] = Object.values(files).map((name) => join(bench.dir, name));
  assert.ok(certFile && keyFile && caFile);
  await copyFile(join(bench.dir, 'collector.crt'), certFile);
  await copyFile(join(bench.dir, 'collector.key'), keyFile);
  const { ingest, port } = await collect({
    tls: { kind: 'mutual', files: { certFile, keyFile, caFile } },
    timing: { credentialCheckMs: 50 },
  });
  const before = await client(port, { name: 'node-1' });
  await once(before, 'secureConnect');
  const renewed = join(bench.dir, 'renewed');
  await createDevelopmentCertificates(renewed, { nodes: [], serverNames: ['127.0.0.1'] });
  // The authority stays: it is the collector's certificate that is another.
  await copyFile(join(renewed, 'collector.key'), keyFile);
  await copyFile(join(renewed, 'collector.crt'), certFile);
  await until('it is renewed', () => bench.log.some(({ message }) => message === 'certificates renewed'));
  const after = await client(port, { name: 'node-1', ca: renewed });
  await once(after, 'secureConnect');
  assert.notEqual(after.getPeerCertificate().fingerprint256, before.getPeerCertificate().fingerprint256);
  await settled(ingest, 2);
  assert.equal(before.destroyed, false);
});

test('a port that is taken is said', async () => {
  const { port } = await collect();
  await assert.rejects(
    collect({ listen: { host: '127.0.0.1', port } }),
    /in use by another process; stop it or choose another grpc-listen/,
  );
  await assert.rejects(
    collect({ listen: { host: 'no-such-host.invalid', port: 0 } }),
    /this host has no address no-such-host\.invalid; choose one of its own for grpc-listen/,
  );
});
