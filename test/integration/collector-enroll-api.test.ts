import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startApi, type Api } from '../../collector/api/api.ts';
import { AuditLog } from '../../collector/cleanup/audit-log.ts';
import { EnrollmentOrders } from '../../collector/enroll/enrollment-orders.ts';
import { isTextOf, joinTokenId } from '../../collector/enroll/join-token.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { auditEntry } from '../../core/audit-chain.ts';
import { createLogger } from '../../platform/logging.ts';
import { MetricsRegistry } from '../../platform/metrics.ts';
import { startNode } from '../support/fleet.ts';
import { idleCleanup } from '../support/idle-cleanup.ts';
import { answerChecker, type OpenApi } from '../support/openapi.ts';

const TOKEN = 'a-token-for-tests';
const NOW = 1_700_000_000_500;
const folder = mkdtempSync(join(tmpdir(), 'tallyman-enroll-api-'));

let store: Store;
let guarded: Api;
let open: Api;
let check: ReturnType<typeof answerChecker>;

before(async () => {
  store = openSqliteStore(folder, (error) => {
    throw error;
  });
  guarded = await start({ open: false, token: TOKEN });
  open = await start({ open: false });
  const document = await fetch(`http://127.0.0.1:${open.address.port}/api/openapi.json`);
  check = answerChecker((await document.json()) as OpenApi);
});

after(async () => {
  await guarded?.close();
  await open?.close();
  await store?.close();
  rmSync(folder, { recursive: true });
});

function start(access: { readonly open: boolean; readonly token?: string }): Promise<Api> {
  return startApi({
    store,
    cleanup: idleCleanup(store),
    clock: () => NOW,
    listen: { host: '127.0.0.1', port: 0 },
    access,
    version: '1.2.3',
    registry: new MetricsRegistry(),
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    logger: createLogger({ component: 'test', level: 'silent' }),
  });
}

async function ask(method: string, path: string, body?: object, api = guarded) {
  const response = await fetch(`http://127.0.0.1:${api.address.port}/api/v1${path}`, {
    method,
    headers: {
      ...(api === guarded && { authorization: `Bearer ${TOKEN}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  const route = path
    .replace(/\?.*/, '')
    .replace(/tokens\/.*/, 'tokens/{token}')
    .replace(/nodes\/[^/]*/, 'nodes/{node}');
  const described = response.ok ? '200' : '4XX';
  assert.equal(check(`/api/v1${route}`, described, answer, method.toLowerCase()), '', path);
  return { status: response.status, answer: answer as Record<string, unknown> };
}

test('a join token is made, listed without its text, and deleted', async () => {
  const made = await ask('POST', '/enrollment/tokens', { nodes: 'web-*', uses: 5, lifeMs: 120_000 });
  assert.equal(made.status, 200);
  const { text, ...shown } = made.answer;
  assert.ok(typeof text === 'string');
  const id = joinTokenId(text);
  assert.deepEqual(shown, {
    id,
    nodes: 'web-*',
    uses: 5,
    used: 0,
    createdAt: NOW,
    expiresAt: NOW + 120_000,
  });
  const kept = await store.joinToken(id ?? '');
  assert.ok(kept && isTextOf(kept, text));

  const listed = await ask('GET', '/enrollment/tokens');
  assert.deepEqual(listed.answer, { items: [shown] });
  assert.deepEqual((await ask('DELETE', `/enrollment/tokens/${id}`)).answer, { id });
  const gone = await ask('DELETE', `/enrollment/tokens/${id}`);
  assert.equal(gone.status, 404);
  assert.match(String(gone.answer['detail']), /^join token [0-9a-f]{12} is not known/);
});

test('without a word on it a token is used once, within an hour', async () => {
  const { answer } = await ask('POST', '/enrollment/tokens', { nodes: 'node-1' });
  assert.deepEqual([answer['uses'], answer['expiresAt']], [1, NOW + 3_600_000]);
});

test('what cannot be a token is refused', async () => {
  for (const [body, detail] of [
    [{}, /field nodes is missing/],
    [{ nodes: 'a b' }, /nodes must match pattern/],
    [{ nodes: 'a', uses: 0 }, /uses must be >= 1/],
    [{ nodes: 'a', lifeMs: 1 }, /lifeMs must be >= 60000/],
    [{ nodes: 'a', lifeMs: 1e12 }, /lifeMs must be <= 2592000000/],
    [{ nodes: 'a', node: 'a' }, /no field node here/],
  ] as const) {
    const { status, answer } = await ask('POST', '/enrollment/tokens', body);
    assert.equal(status, 400);
    assert.match(String(answer['detail']), detail);
  }
});

test('nobody joins the fleet by the word of someone who shows no token, on loopback or not', async () => {
  const before = (await store.joinTokens({ limit: 100 })).items.length;
  for (const [method, path, body] of [
    ['POST', '/enrollment/tokens', { nodes: '*' }],
    ['DELETE', '/enrollment/tokens/abc', undefined],
    ['POST', '/enrollment/nodes/node-1/revoke', undefined],
  ] as const) {
    const { status, answer } = await ask(method, path, body, open);
    assert.equal(status, 403, path);
    assert.match(String(answer['detail']), /set api-token, or stop the collector and use --data-dir/);
  }
  assert.equal((await store.joinTokens({ limit: 100 })).items.length, before);
  assert.equal(await store.revokedBefore('node-1'), 0);
});

test('certificates that were issued are listed, and a node’s are revoked up to the next whole second', async () => {
  const certificate = {
    serial: 'aa',
    node: 'web-1',
    key: 'k',
    issuedAt: NOW,
    validUntil: NOW + 1000,
    proof: 'renewal',
  } as const;
  await store.recordCertificate(certificate);
  assert.deepEqual((await ask('GET', '/enrollment/certificates')).answer, { items: [certificate] });
  const revoked = await ask('POST', '/enrollment/nodes/web-1/revoke');
  assert.deepEqual(revoked.answer, { node: 'web-1', revokedBefore: NOW + 500 });
  assert.equal(await store.revokedBefore('web-1'), NOW + 500);
});

test('a node says until when its certificate is valid, and who else claimed its name', async () => {
  await startNode(store, 'node-1', NOW);
  const start = { node: 'node-1', instance: 'i', agentVersion: '1', bootId: 'b', epoch: 'e', at: NOW };
  await store.startSession({ ...start, certificateUntil: NOW + 1000 });
  const refusal = { node: 'node-1', reason: 'duplicate', message: 'another agent (refused at 10.0.0.7)' };
  await store.recordRefusal({ ...refusal, at: NOW });
  const { answer } = await ask('GET', '/nodes/node-1');
  assert.equal(answer['certificateUntil'], NOW + 1000);
  assert.deepEqual(answer['duplicates'], { refused: 1, lastAt: NOW, lastMessage: refusal.message });
});

test('who ordered what of tokens and certificates is in the audit log, without any token', async () => {
  const before = (await store.lastAudit())?.sequence ?? 0;
  const made = await ask('POST', '/enrollment/tokens', { nodes: 'web-*', issuer: 'anna on workstation-7' });
  const id = String(made.answer['id']);
  await ask('DELETE', `/enrollment/tokens/${id}?issuer=ben`);
  assert.equal((await ask('DELETE', `/enrollment/tokens/${id}?issuer=ben`)).status, 404);
  await ask('POST', '/enrollment/nodes/web-1/revoke');
  const entries = (await store.audit(before + 1, 10)).map(({ entry }) => auditEntry(entry));
  const from = '127.0.0.1';
  assert.deepEqual(
    entries.map((entry) => [entry?.actor, entry?.action, entry?.subject, entry?.outcome, entry?.detail]),
    [
      [
        'anna on workstation-7',
        'join-token',
        id,
        'created',
        { from, nodes: 'web-*', uses: 1, until: new Date(NOW + 3_600_000).toISOString() },
      ],
      ['ben', 'join-token', id, 'deleted', { from, nodes: 'web-*', uses: 1, used: 0 }],
      [
        'whoever showed the API token',
        'certificates',
        'web-1',
        'revoked',
        { from, before: new Date(NOW + 500).toISOString() },
      ],
    ],
  );
  assert.equal((await new AuditLog(store).verify()).kind, 'whole');
  const text = String(made.answer['text']);
  const secrets = [text, text.slice('tmj_'.length + 8), TOKEN];
  const written = JSON.stringify(entries);
  for (const secret of secrets) assert.ok(!written.includes(secret));
});

test('what the audit log does not take is not done', async () => {
  const audit = { write: () => Promise.reject(new Error('the disk is full')) };
  const orders = new EnrollmentOrders({ store, audit, clock: () => NOW, randomBytes });
  const orderer = { name: 'anna', from: 'here' };
  const before = (await store.joinTokens({ limit: 100 })).items.length;
  const wish = { nodes: 'node-9', uses: 1, lifeMs: 60_000 };
  await assert.rejects(orders.createToken(wish, orderer), /the disk is full/);
  await assert.rejects(orders.revoke('node-9', orderer), /the disk is full/);
  assert.equal((await store.joinTokens({ limit: 100 })).items.length, before);
  assert.equal(await store.revokedBefore('node-9'), 0);
});
