import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startApi, type Api } from '../../collector/api/api.ts';
import { isTextOf, joinTokenId } from '../../collector/enroll/join-token.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { createLogger } from '../../platform/logging.ts';
import { MetricsRegistry } from '../../platform/metrics.ts';
import { assertFails, tallyman, type CliRun } from '../support/cli.ts';
import { startNode } from '../support/fleet.ts';
import { idleCleanup } from '../support/idle-cleanup.ts';

const TOKEN = 'a-token-for-tests';
const DAY_MS = 86_400_000;

let folder = '';
let store: Store;
let api: Api;
let env: Record<string, string> = {};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-cli-enroll-'));
  store = openStore('running');
  api = await startApi({
    store,
    cleanup: idleCleanup(store),
    clock: Date.now,
    listen: { host: '127.0.0.1', port: 0 },
    access: { open: false, token: TOKEN },
    version: '1.2.3',
    registry: new MetricsRegistry(),
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    logger: createLogger({ component: 'test', level: 'silent' }),
  });
  env = { TALLYMAN_API: `http://127.0.0.1:${api.address.port}`, TALLYMAN_API_TOKEN: TOKEN };
});

after(async () => {
  await api?.close();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

function openStore(name: string): Store {
  return openSqliteStore(join(folder, name), (error) => {
    throw error;
  });
}

async function enroll(...args: readonly string[]): Promise<CliRun> {
  const run = await tallyman(['enroll', ...args], { env });
  assert.deepEqual([run.code, run.stderr], [0, '']);
  return run;
}

test('a token is made at a running collector, listed and deleted', async () => {
  const { stdout } = await enroll('token', 'create', '--nodes', 'web-*', '--uses', '5', '--expires', '2h');
  const [, text = ''] =
    /^TOKEN +NODES +USES +GOOD FOR\n(tmj_[\w-]{43}) +web-\* +5 +(?:2h|1h)\n$/.exec(stdout) ?? [];
  const id = joinTokenId(text) ?? '';
  const kept = await store.joinToken(id);
  assert.ok(kept && isTextOf(kept, text));
  assert.match((await enroll('token', 'list')).stdout, new RegExp(`\n${id} +web-\\* +0 of 5 +\\d+s +`));
  assert.equal((await enroll('token', 'delete', id)).stdout, '');
  assert.equal(await store.joinToken(id), undefined);
  await assertFails(['enroll', 'token', 'delete', id], 3, /join token [0-9a-f]{12} is not known/, { env });
});

test('certificates are listed, and a node’s are revoked', async () => {
  const now = Date.now();
  const certificate = {
    serial: 'ab01',
    node: 'web-1',
    key: 'k',
    issuedAt: now,
    validUntil: now + 27.5 * DAY_MS,
  };
  await store.recordCertificate({ ...certificate, proof: 'service-account-token' });
  const listed = await enroll('certificates');
  assert.match(listed.stdout, /\nweb-1 +ab01 +\d+s +27d +service account token\n/);
  const { stdout } = await enroll('revoke', 'web-1', '--format', 'json');
  const [revoked] = JSON.parse(stdout) as { node: string; revokedBefore: number }[];
  assert.equal(revoked?.node, 'web-1');
  assert.equal(await store.revokedBefore('web-1'), revoked.revokedBefore);
  const { stdout: log } = await tallyman(['audit', 'list', '--api', env['TALLYMAN_API'] ?? ''], { env });
  assert.match(log, new RegExp(`${userInfo().username} on .* certificates +web-1 +revoked `));
});

test('the nodes of the fleet show how long their certificates are good, and who was claimed twice', async () => {
  const start = { instance: 'i', agentVersion: '1', bootId: 'b', epoch: 'e', at: Date.now() };
  await store.startSession({ ...start, node: 'node-a', certificateUntil: Date.now() + 27.5 * DAY_MS });
  await store.startSession({ ...start, node: 'node-b', certificateUntil: Date.now() - 1 });
  await startNode(store, 'node-c', Date.now());
  await store.recordRefusal({
    node: 'node-a',
    reason: 'duplicate',
    message: 'another',
    at: Date.now() - 180_000,
  });
  const { stdout } = await tallyman(['fleet', 'nodes'], { env });
  assert.match(stdout, /\nnode-a +connected, claimed twice 3m ago .* 27d +\d+s\n/);
  assert.match(stdout, /\nnode-b +connected .* expired +\d+s\n/);
  assert.match(stdout, /\nnode-c +connected .* - +\d+s\n/);
});

test('a token is made in the database of a collector that is stopped, and in no other', async () => {
  await openStore('stopped').close();
  const offline = ['--data-dir', join(folder, 'stopped')];
  const { stdout } = await enroll('token', 'create', '--node', 'web-1', '--format', 'json', ...offline);
  const [made] = JSON.parse(stdout) as { text: string; uses: number }[];
  assert.equal(made?.uses, 1);
  const stopped = openStore('stopped');
  const id = joinTokenId(made.text) ?? '';
  const kept = await stopped.joinToken(id);
  await stopped.close();
  assert.equal(kept?.nodes, 'web-1');
  await enroll('token', 'delete', id, ...offline);
  await enroll('revoke', 'web-1', ...offline);
  const { stdout: log } = await tallyman(['audit', 'list', ...offline]);
  assert.match(log, new RegExp(`on .* join-token +${id} +created +from: the database; nodes: web-1; `));
  assert.match(log, new RegExp(`on .* join-token +${id} +deleted `));
  assert.match(log, /on .* certificates +web-1 +revoked +before: [\d-]+T[\d:.]+Z; from: the database/);
  assert.ok(!log.includes(made.text.slice(-20)));
  assert.equal((await tallyman(['audit', 'verify', ...offline])).code, 0);

  const locked = ['enroll', 'token', 'list', '--data-dir', join(folder, 'running')];
  await assertFails(locked, 1, /another collector is using .*; stop it/);
  await assertFails(['enroll', 'token', 'list', '--data-dir', folder], 3, /holds no database of a collector/);
});

test('what cannot be is said', async () => {
  for (const [args, code, message] of [
    [[], 2, /give --node NAME, or --nodes/],
    [['--node', 'a', '--nodes', 'b'], 2, /not both/],
    [['--node', 'a*'], 2, /"a\*" cannot name a node/],
    [['--nodes', '*', '--uses', '0'], 2, /from 1 to 100000 times/],
    [['--nodes', '*', '--expires', '90d'], 2, /one minute to 30 days/],
    [['--nodes', '*', '--expires', 'soon'], 2, /expires is "soon" \(from --expires\); it must be a duration/],
  ] as const) {
    await assertFails(['enroll', 'token', 'create', ...args], code, message, { env });
  }
  await assertFails(['enroll', 'revoke', 'a/b'], 2, /"a\/b" cannot name a node/, { env });
});
