import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { certificateRequest, newPrivateKey } from '../../platform/certificate-request.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { peerIdentity } from '../../platform/node-identity.ts';
import {
  decodeEnrollmentAnswer,
  ENROLL_PATH,
  encodeEnrollmentRequest,
  renewalMessage,
  type EnrollmentAnswer,
  type EnrollmentRequest,
  type Proof,
} from '../../proto/codec/enroll.ts';
import { enrollmentBench, type EnrollmentBench } from '../support/enrollment-bench.ts';
import { needsCommands } from '../support/requirements.ts';
import { hostItem, until } from '../support/session-bench.ts';

const ALL = { limit: 1000 };

type Answer = EnrollmentAnswer | { readonly code: status; readonly details: string };

let bench: EnrollmentBench;
let client: Client;

beforeEach(async () => {
  bench = await enrollmentBench();
});

afterEach(() => bench.stop());

async function issueAndConnect(options: Parameters<EnrollmentBench['issue']>[0] = {}): Promise<void> {
  const { address } = await bench.issue(options);
  const ca = await readFile(join(bench.dir, 'ca.crt'));
  client = new Client(address, credentials.createSsl(ca), { 'grpc.enable_retries': 0 });
  bench.onStop(async () => client.close());
}

/** Any bytes as a request. */
function send(bytes: Uint8Array): Promise<Answer> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      ENROLL_PATH,
      (message: Uint8Array) => Buffer.from(message),
      (message) => message,
      bytes,
      { deadline: Date.now() + 120_000 },
      (error, answer) =>
        resolve(
          error
            ? { code: error.code, details: error.details }
            : decodeEnrollmentAnswer(answer ?? Buffer.of()),
        ),
    );
  });
}

function ask(request: Partial<EnrollmentRequest> & { readonly proof: Proof }): Promise<Answer> {
  const { der } = certificateRequest(newPrivateKey());
  return send(encodeEnrollmentRequest({ node: 'node-1', certificateRequest: der, ...request }));
}

function refused(answer: Answer, code: status, details: RegExp): void {
  assert.ok('code' in answer, 'it was given a certificate');
  assert.equal(status[answer.code], status[code], answer.details);
  assert.match(answer.details, details);
}

async function byJoinToken(order: Parameters<EnrollmentBench['joinToken']>[0] = {}): Promise<Proof> {
  return { kind: 'join-token', token: await bench.joinToken(order) };
}

/** A renewal with the files of that name, signed as it should be. */
async function renewal(name: string, der: Uint8Array, folder = bench.dir): Promise<Proof> {
  const key = createPrivateKey(await readFile(join(folder, `${name}.key`)));
  const certificate = new X509Certificate(await readFile(join(folder, `${name}.crt`))).raw;
  return { kind: 'renewal', certificate, signature: sign('sha256', renewalMessage(der), key) };
}

test('no bytes are a request, and none harms the collector', async () => {
  // Not a fault of the address: the limit is for another test.
  const almost = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.uint8Array({ maxLength: 100 }))
    .map(([field, rest]) => Buffer.concat([Buffer.from([field * 8 + 2, rest.length]), rest]));
  await issueAndConnect();
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), almost), async (bytes) => {
      refused(await send(bytes), status.INVALID_ARGUMENT, /./);
    }),
    { numRuns: 40 },
  );
  const { der } = certificateRequest(newPrivateKey());
  const certificateRequests = [der.slice(1), new Uint8Array(), new Uint8Array(5000), der.fill(0, 40, 60)];
  const proof = await byJoinToken();
  for (const wrong of certificateRequests) {
    const answer = await ask({ certificateRequest: wrong, proof });
    refused(answer, status.INVALID_ARGUMENT, /^the certificate request is not good: /);
  }
  assert.ok(!('code' in (await ask({ proof }))), 'the token is not used up by any of them');
  for (const { node, reason } of (await bench.database.refusals(ALL)).items) {
    assert.deepEqual([node, reason], ['', 'enrollment']);
  }
});

test('a request that is too long is refused, however long', async () => {
  await issueAndConnect();
  const token = 'x'.repeat(17_000);
  refused(
    await ask({ proof: { kind: 'join-token', token } }),
    status.INVALID_ARGUMENT,
    /at most 16384 bytes/,
  );
  refused(await send(new Uint8Array(1_000_000)), status.RESOURCE_EXHAUSTED, /larger than/);
  assert.match((await bench.database.refusals(ALL)).items[0]?.message ?? '', /at most 16384 bytes/);
});

test('a flood is let through in part, recorded once, and over when it is over', async () => {
  await issueAndConnect();
  const wrong = { kind: 'join-token', token: `tmj_${'B'.repeat(43)}` } as const;
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: 400 }, () => ask({ proof: wrong })));
  const codes = answers.map((answer) => ('code' in answer ? answer.code : status.OK));
  const [busy, judged] = [status.RESOURCE_EXHAUSTED, status.UNAUTHENTICATED].map(
    (code) => codes.filter((one) => one === code).length,
  );
  assert.equal((busy ?? 0) + (judged ?? 0), 400);
  // Fifty at once and five a second, however slow this machine is.
  const seconds = (performance.now() - began) / 1000;
  assert.ok((judged ?? 0) <= 51 + 5 * seconds, `${judged} in ${seconds} s`);
  const { items } = await bench.database.refusals(ALL);
  assert.ok(items.length <= 3, items.map(({ message }) => message).join('\n'));
  assert.ok(items.some(({ message }) => /too many requests/.test(message)));
  await until('there is room again', async () => {
    await sleep(250);
    return !('code' in (await ask({ proof: await byJoinToken() })));
  });
});

test('a crowd that never finishes its handshakes keeps no node out, and is recorded', async () => {
  const { address } = await bench.issue();
  const port = Number(address.split(':').at(-1));
  const crowd = Array.from({ length: 600 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await until('the crowd is turned away', () => crowd.filter(({ destroyed }) => destroyed).length >= 350);
  const ca = await readFile(join(bench.dir, 'ca.crt'));
  client = new Client(address, credentials.createSsl(ca), { 'grpc.initial_reconnect_backoff_ms': 100 });
  bench.onStop(async () => client.close());
  await until('a node gets in beside it', async () => {
    await sleep(250);
    return !('code' in (await ask({ proof: await byJoinToken() })));
  });
  for (const socket of crowd) socket.destroy();
  await until('it is recorded', async () => {
    const { items } = await bench.database.refusals(ALL);
    return items.some(({ reason, message, count }) => {
      return reason === 'connection' && /too many handshakes/.test(message) && count >= 350;
    });
  });
});

test('the names in a request are nobody’s word', { skip: needsCommands('openssl') }, async () => {
  await issueAndConnect();
  const openssl = (...parameters: readonly string[]): unknown =>
    execFileSync('openssl', parameters, { cwd: bench.dir, stdio: 'pipe' });
  openssl('genpkey', '-algorithm', 'ed25519', '-out', 'sly.pem');
  const name = 'subjectAltName=URI:spiffe://tallyman/node/node-2,DNS:localhost';
  openssl(
    ...['req', '-new', '-key', 'sly.pem', '-subj', '/CN=node-2', '-outform', 'DER', '-out', 'sly.der'],
    ...['-addext', name, '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign'],
  );
  const certificateRequests = await readFile(join(bench.dir, 'sly.der'));
  const answer = await ask({ certificateRequest: certificateRequests, proof: await byJoinToken() });
  assert.ok(!('code' in answer));
  const leaf = new X509Certificate(answer.certificateChain);
  assert.equal(peerIdentity(leaf.raw)?.node, 'node-1');
  assert.equal(leaf.subjectAltName, 'URI:spiffe://tallyman/node/node-1');
  assert.equal(leaf.ca, false);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.ok(leaf.publicKey.asymmetricKeyType === 'ed25519');
});

test('a key that is another node’s is refused', async () => {
  await issueAndConnect();
  const { der } = certificateRequest(newPrivateKey());
  assert.ok(!('code' in (await ask({ certificateRequest: der, proof: await byJoinToken() }))));
  const order = { nodes: 'node-2' };
  const answer = await ask({ node: 'node-2', certificateRequest: der, proof: await byJoinToken(order) });
  refused(answer, status.PERMISSION_DENIED, /key is already that of another node/);
});

test('a name that cannot be a node’s is refused', async () => {
  await issueAndConnect();
  for (const node of ['', '../x', 'a\nb', 'a'.repeat(300), 'spiffe://tallyman/node/x', 'a b']) {
    refused(
      await ask({ node, proof: await byJoinToken({ nodes: '*' }) }),
      status.INVALID_ARGUMENT,
      /cannot name/,
    );
  }
});

test('a renewal takes a good certificate of the same node, and its key', async () => {
  let now = Date.now();
  await issueAndConnect({ clock: () => now });
  const { der } = certificateRequest(newPrivateKey());
  const other = certificateRequest(newPrivateKey()).der;
  const asked = { certificateRequest: der };
  const good = await renewal('node-1', der);
  assert.ok(good.kind === 'renewal');
  assert.ok(!('code' in (await ask({ ...asked, proof: good }))));

  const denied = status.PERMISSION_DENIED;
  refused(await ask({ ...asked, node: 'node-2', proof: good }), denied, /is not that of node node-2/);
  refused(
    await ask({ certificateRequest: other, proof: good }),
    denied,
    /not signed by the certificate's key/,
  );
  const garbled = { ...good, signature: new Uint8Array(70) };
  refused(await ask({ ...asked, proof: garbled }), denied, /not signed by the certificate's key/);
  const empty = { ...good, certificate: new Uint8Array(100) };
  refused(await ask({ ...asked, proof: empty }), status.INVALID_ARGUMENT, /is no certificate/);
  // The collector's own certificate, whose common name a node may have.
  const collector = { ...asked, node: '127.0.0.1', proof: await renewal('collector', der) };
  refused(await ask(collector), denied, /is no client certificate/);

  const strangers = join(bench.dir, 'strangers');
  await createDevelopmentCertificates(strangers, { nodes: ['node-1'], serverNames: ['localhost'] });
  const foreign = { ...asked, proof: await renewal('node-1', der, strangers) };
  refused(await ask(foreign), status.UNAUTHENTICATED, /not issued by this authority/);

  now += 366 * 86_400_000;
  refused(await ask({ ...asked, proof: good }), denied, /the certificate expired at/);
});

test('a revoked node renews no more and has no session, until it is let in again', async () => {
  await issueAndConnect();
  const { port } = await bench.collect({ store: bench.database });
  await bench.database.revokeNode('node-1', Math.ceil(Date.now() / 1000) * 1000);
  const { der } = certificateRequest(newPrivateKey());
  const answer = await ask({ certificateRequest: der, proof: await renewal('node-1', der) });
  refused(answer, status.PERMISSION_DENIED, /was revoked/);
  const old = bench.agent(port);
  old.start();
  await until('it has no session', () => /was revoked/.test(old.status().lastError ?? ''));
  await old.close(0);

  const { address } = await bench.issue();
  const identity = bench.keep(address, { proofs: { joinToken: await bench.joinToken() } });
  await identity.ready();
  const again = bench.agent(port, { tls: { kind: 'renewed', read: () => identity.read() } });
  again.start();
  await until('it is let in again', () => again.status().connected);
});

test('a stolen certificate at a second agent is refused, and shows with the node', async () => {
  const { address } = await bench.issue();
  const identity = bench.keep(address, { proofs: { joinToken: await bench.joinToken() } });
  await identity.ready();
  // The first is not taken for gone because this machine is busy.
  const { ingest, port } = await bench.collect({ store: bench.database, beatIntervalMs: 2_000 });
  const tls = { kind: 'renewed', read: () => identity.read() } as const;
  const first = bench.agent(port, { tls });
  first.setState([hostItem()]);
  first.start();
  await until('it is connected', () => first.status().connected);
  const thief = bench.agent(port, { tls, instance: 'instance-2' });
  thief.start();
  await until('it is refused', () =>
    /another agent reports as node node-1/.test(thief.status().lastError ?? ''),
  );
  assert.equal(ingest.sessions()[0]?.instance, 'instance-1');
  const { duplicates } = (await bench.database.node('node-1')) ?? {};
  assert.ok(duplicates && duplicates.refused >= 1 && Date.now() - duplicates.lastAt < 60_000);
  assert.match(
    duplicates.lastMessage,
    /give each node a name and a certificate of its own \(refused at .*127\.0\.0\.1/,
  );

  // The other way round: the thief has the name while the node is away, and is found out when that comes back.
  await first.close(0);
  await until('the thief got in', () => ingest.sessions()[0]?.instance === 'instance-2');
  const back = bench.agent(port, { tls, instance: 'instance-3' });
  back.start();
  await until('it is refused', () => /another agent/.test(back.status().lastError ?? ''));
  const later = (await bench.database.node('node-1'))?.duplicates;
  assert.ok((later?.refused ?? 0) > duplicates.refused);
});
