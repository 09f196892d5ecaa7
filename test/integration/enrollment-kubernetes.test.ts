import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { reviewToken } from '../../collector/enroll/token-review.ts';
import { enrollmentBench, type EnrollmentBench } from '../support/enrollment-bench.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/session-bench.ts';
import { startTokenReviewServer, type TokenReviewServer } from '../support/token-review-server.ts';

const ALL = { limit: 100 };
const ACCOUNT = 'tallyman/tallyman-agent';
const AGENT = 'system:serviceaccount:tallyman:tallyman-agent';
const NODE_NAME = 'authentication.kubernetes.io/node-name';

let bench: EnrollmentBench;
let kubernetes: TokenReviewServer;

beforeEach(async () => {
  bench = await enrollmentBench();
  const [cert, key] = await Promise.all(
    ['collector.crt', 'collector.key'].map((name) => readFile(join(bench.dir, name))),
  );
  assert.ok(cert && key);
  kubernetes = await startTokenReviewServer({ cert, key }, 'own-token');
  bench.onStop(() => kubernetes.close());
  await writeFile(join(bench.dir, 'own-token'), 'own-token\n');
  kubernetes.tokens.set('good', {
    username: AGENT,
    audiences: ['tallyman'],
    extra: { [NODE_NAME]: ['node-1'], 'authentication.kubernetes.io/pod-name': ['tallyman-agent-abcde'] },
  });
});

afterEach(() => bench.stop());

function api() {
  return {
    address: kubernetes.address,
    caFile: join(bench.dir, 'ca.crt'),
    tokenFile: join(bench.dir, 'own-token'),
  };
}

function review(token: string, changes: Partial<ReturnType<typeof api>> = {}): Promise<string> {
  return reviewToken(token, ACCOUNT, { ...api(), ...changes }, AbortSignal.timeout(60_000));
}

test('a node with a projected token gets the certificate of the node that Kubernetes names', async () => {
  const { address } = await bench.issue({
    reviewToken: (token, signal) => reviewToken(token, ACCOUNT, api(), signal),
  });
  const serviceAccountTokenFile = join(bench.dir, 'token');
  await writeFile(serviceAccountTokenFile, 'good\n');
  await bench.keep(address, { proofs: { serviceAccountTokenFile } }).ready();
  assert.equal((await bench.database.certificates(ALL)).items[0]?.proof, 'service-account-token');

  const thief = bench.keep(address, {
    node: 'node-2',
    dir: join(bench.dir, 'thief'),
    proofs: { serviceAccountTokenFile },
  });
  await until('it is refused', () => thief.problem() !== undefined);
  assert.match(thief.problem() ?? '', /that of a pod on node "node-1", not node-2/);
  const [refusal] = (await bench.database.refusals(ALL)).items;
  assert.equal(refusal?.node, 'node-2');
});

test('after an outage that a certificate did not last, the projected token does again', async () => {
  const reviewed = {
    reviewToken: (token: string, signal: AbortSignal) => reviewToken(token, ACCOUNT, api(), signal),
  };
  const port = await freePort();
  const first = await bench.issue({ ...reviewed, port, lifeMs: 3_000 });
  const serviceAccountTokenFile = join(bench.dir, 'token');
  await writeFile(serviceAccountTokenFile, 'good');
  const identity = bench.keep(first.address, { proofs: { serviceAccountTokenFile } });
  await identity.ready();
  first.close();
  const isGood = (): Promise<boolean> =>
    identity.read().then(
      () => true,
      () => false,
    );
  await until('it expired', async () => !(await isGood()));
  // What is projected is replaced before it expires; the file is read anew.
  kubernetes.tokens.set('newer', kubernetes.tokens.get('good') ?? { username: '', audiences: [] });
  kubernetes.tokens.delete('good');
  await writeFile(serviceAccountTokenFile, 'newer');
  await bench.issue({ ...reviewed, port });
  await until('it has a new one', isGood);
  const proofs = (await bench.database.certificates(ALL)).items.map(({ proof }) => proof);
  assert.deepEqual([proofs[0], proofs.at(-1)], ['service-account-token', 'service-account-token']);
});

test('a token is refused with words: unknown, for others, of others, and without a node', async () => {
  assert.equal(await review('good'), 'node-1');
  const known = { username: AGENT, audiences: ['tallyman'] };
  kubernetes.tokens.set('elsewhere', { ...known, audiences: ['https://kubernetes.default.svc'] });
  kubernetes.tokens.set('other', { ...known, username: 'system:serviceaccount:default:default' });
  kubernetes.tokens.set('person', { ...known, username: 'tallyman:tallyman-agent' });
  kubernetes.tokens.set('old', known);
  kubernetes.tokens.set('two', { ...known, extra: { [NODE_NAME]: ['a', 'b'] } });
  for (const [token, kind, words] of [
    ['unknown', 'stranger', /Kubernetes does not accept it: token lookup failed/],
    ['elsewhere', 'stranger', /audiences do not fit/],
    ['other', 'denied', /not that of the service account tallyman\/tallyman-agent/],
    ['person', 'denied', /not that of the service account/],
    ['old', 'denied', /does not say which node it is for, as it does from version 1\.29 on/],
    ['two', 'denied', /does not say which node/],
  ] as const) {
    await assert.rejects(review(token), (error: unknown) => {
      assert.ok(error instanceof Error && 'kind' in error);
      assert.equal(error.kind, kind, token);
      assert.match(error.message, words);
      return true;
    });
  }
});

test('an API server that does not answer as it should is said, and nothing is decided', async () => {
  const unavailable = { kind: 'unavailable' };
  await assert.rejects(review('good', { tokenFile: join(bench.dir, 'none') }), unavailable);
  await assert.rejects(review('good', { address: { host: '127.0.0.1', port: 1 } }), unavailable);
  await writeFile(join(bench.dir, 'own-token'), 'stolen');
  await assert.rejects(review('good'), /it answered 401/);
  for (const [broken, words] of [
    [{ status: 403, body: '{}' }, /it answered 403; the collector needs the right to create tokenreviews/],
    [{ status: 200, body: '{"status":' }, /its answer is no TokenReview/],
    [{ status: 200, body: '{"status":{"authenticated":"yes"}}' }, /its answer is no TokenReview/],
    [{ status: 200, body: 'x'.repeat(100_000) }, /its answer is too long/],
    [{ status: 302, body: '' }, /it answered 302/],
  ] as const) {
    kubernetes.broken = broken;
    await assert.rejects(review('good'), (error: unknown) => {
      assert.ok(error instanceof Error && 'kind' in error && error.kind === 'unavailable');
      assert.match(error.message, words);
      return true;
    });
  }
});

test('an API server with a certificate of another authority is told nothing', async () => {
  const other = join(bench.dir, 'other');
  await createDevelopmentCertificates(other, { nodes: [], serverNames: ['localhost'] });
  await assert.rejects(review('good', { caFile: join(other, 'ca.crt') }), { kind: 'unavailable' });
});
