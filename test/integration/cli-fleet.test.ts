import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApiClient } from '../../cli/api-client.ts';
import { askWhere } from '../../cli/fleet/where.ts';
import type { FleetNode, FleetPackage, FleetVerification, WhereAnswer } from '../../cli/fleet/views.ts';
import { startApi, type Api } from '../../collector/api/api.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { parseQuery } from '../../core/version-range.ts';
import { createLogger } from '../../platform/logging.ts';
import { MetricsRegistry } from '../../platform/metrics.ts';
import { tallyman, type CliOptions, type CliRun } from '../support/cli.ts';
import { makeFleet, storeFleet } from '../support/fleet.ts';
import { idleCleanup } from '../support/idle-cleanup.ts';

const TOKEN = 'a-token-for-tests';
const shape = {
  seed: 5,
  nodes: 12,
  images: 6,
  imagesPerNode: 4,
  containersPerNode: 4,
  processesPerNode: 2,
  packages: 300,
};

let folder = '';
let store: Store;
let api: Api;
let base = '';

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-fleet-'));
  store = openSqliteStore(folder, (error) => {
    throw error;
  });
  await storeFleet(store, makeFleet(shape), shape.nodes);
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
  base = `http://127.0.0.1:${api.address.port}`;
});
after(async () => {
  await api?.close();
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

function fleet(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const env = { TALLYMAN_API: base, TALLYMAN_API_TOKEN: TOKEN, ...options.env };
  return tallyman(['fleet', ...args], { ...options, env });
}

async function answer<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await fleet([...args, '--format', 'json']);
  assert.deepEqual([code, stderr], [0, '']);
  return JSON.parse(stdout) as T;
}

test('nodes: all of them, as the collector has them', async () => {
  const nodes = await answer<FleetNode[]>('nodes');
  assert.deepEqual(nodes, (await store.nodes({ limit: 100 })).items);
  const { stdout } = await fleet(['nodes']);
  assert.match(stdout, /^NODE +STATUS +SYSTEM +IMAGES +RUNNING +PROCESSES +CERTIFICATE +SEEN\n/);
  assert.match(stdout, /^node-00000 +\w+ +Debian GNU\/Linux 12 \(bookworm\) +4 +\d +2 +- +\d+d$/m);
});

test('images: with what is in them and where they are', async () => {
  const { stdout } = await fleet(['images']);
  assert.match(stdout, /^IMAGE +ID +SIZE +PACKAGES +NODES +RUNNING\n/);
  assert.match(stdout, /^registry\.example\/app-0:1\.0 +[0-9a-f]{12} +47\.7 MiB +400 +\d+ +\d+$/m);
});

test('verification: layers that two nodes read, and in what they differ', async () => {
  const catalogerSet = 'c'.repeat(64);
  const longName = `[{"name":"${'x'.repeat(300)}`;
  for (const [number, difference] of [
    undefined,
    {
      cataloger: 'dpkg',
      version: 1,
      suppliedBy: 'node-00000',
      path: 'var/lib/dpkg/status',
      stored: `${longName}","version":"1.0"}]`,
      computed: `${longName}","version":"2.0"}]`,
    },
  ].entries()) {
    const ref = { kind: 'layer-facts', key: `sha256:${String(number).repeat(64)}`, catalogerSet } as const;
    await store.putLayerFacts(ref, [], 1);
    const offered = [{ ref, verify: true }];
    const [claimed] = await store.claimContent({
      node: 'node-00001',
      offered,
      at: 1,
      leaseMs: 1000,
      most: 9,
    });
    assert.ok(claimed?.kind === 'wanted');
    const lease = { node: 'node-00001', token: claimed.token };
    const at = Date.now() - 3_600_000 + number;
    assert.ok(await store.putVerification({ ref, lease, at, ...(difference && { difference }) }));
  }
  const all = await answer<FleetVerification[]>('verification');
  assert.deepEqual(all, (await store.verifications({}, { limit: 10 })).items);
  assert.deepEqual(
    (await answer<FleetVerification[]>('verification', '--outcome', 'same')).map(({ outcome }) => outcome),
    ['same'],
  );
  const { stdout } = await fleet(['verification']);
  assert.match(
    stdout,
    /^LAYER +OUTCOME +SUPPLIED BY +READ BY +CATALOGER +PATH +KEPT +READ +SEEN\n111111111111 +different +node-00000 +node-00001 +dpkg +var\/lib\/dpkg\/status +…x+","version":"1\.0"}\] +…x+","version":"2\.0"}\] +1h\n000000000000 +same +- +node-00001 +- +- +- +- +1h\n$/,
  );
  // Whoever looks at the nodes learns of it.
  assert.equal(
    (await fleet(['nodes'])).stderr,
    "tallyman: nodes read a layer differently; 'tallyman fleet verification --outcome open' shows what\n",
  );

  const unknown = await fleet(['verification', '--acknowledge', '000000']);
  assert.equal(unknown.code, 3);
  assert.equal(unknown.stderr, 'tallyman: no two nodes read a layer 000000 differently\n');
  assert.equal((await fleet(['verification', '--acknowledge', '11'])).code, 2);
  assert.equal((await fleet(['verification', '--reason', 'none'])).code, 2);
  const known = await answer<FleetVerification[]>(
    'verification',
    ...['--acknowledge', '111111111111', '--reason', 'a broken disk'],
  );
  assert.deepEqual(
    known.map(({ diffId, acknowledged }) => [diffId, acknowledged?.reason]),
    [[`sha256:${'1'.repeat(64)}`, 'a broken disk']],
  );
  assert.match((await fleet(['verification'])).stdout, /^111111111111 +different, known to \S+ on \S+ /m);
  assert.deepEqual(await answer('verification', '--outcome', 'open'), []);
  assert.equal((await fleet(['nodes'])).stderr, '');
});

test('refusals: who was turned away, how often and why', async () => {
  const now = Date.now();
  const refusal = { node: 'node-00002', reason: 'wrong-node', message: 'its certificate says node-00003' };
  await store.recordRefusal({ ...refusal, at: now - 7_200_000, count: 3 });
  await store.recordRefusal({ ...refusal, at: now - 60_000 });
  const stranger = 'it showed no client certificate (from 192.0.2.7)\u001b[2J';
  await store.recordRefusal({ node: '', reason: 'connection', message: stranger, at: now - 5000 });
  assert.deepEqual(await answer('refusals'), (await store.refusals({ limit: 10 })).items);
  const { stdout } = await fleet(['refusals']);
  assert.match(stdout, /^NODE +REASON +MESSAGE +COUNT +FIRST +SEEN\n- +connection +it showed no client/);
  assert.match(stdout, /^node-00002 +wrong-node +its certificate says node-00003 +4 +2h +1m$/m);
  assert.ok(!stdout.includes('\u001b'));
});

test('packages: whole, however many pages the collector makes of them', async () => {
  const packages = await answer<FleetPackage[]>('packages', '--limit', '100000');
  assert.ok(packages.length > 1000);
  assert.equal(new Set(packages.map(({ purl }) => purl)).size, packages.length);
});

test('packages: by name and type', async () => {
  const packages = await answer<FleetPackage[]>('packages', '--name', 'lib1*', '--type', 'deb');
  assert.ok(packages.length > 0);
  for (const { purl } of packages) assert.match(purl, /^pkg:deb\/debian\/lib1/);
  assert.deepEqual(await answer('packages', '--name', 'no-such-package'), []);
});

test('a list that was cut says so', async () => {
  const { stdout, stderr, code } = await fleet(['images', '--limit', '3']);
  assert.equal(stdout.trimEnd().split('\n').length, 4);
  assert.equal(stderr, 'tallyman: there are more than 3; raise --limit\n');
  assert.equal(code, 0);
});

test('a history of cleanup, or verdict lists, that were cut say so', async () => {
  const receipt = { planId: 'p', issuer: 'anna', predictedBytes: 0, measuredBytes: 0, items: [] };
  for (const number of [1, 2]) {
    const event = { number, time: 1, kind: 'receipt', payload: new Uint8Array() };
    const run = { ...receipt, runId: `run-${number}`, begunAt: number };
    await store.putEvents('node-1', 'receipts', [{ ...event, receipt: run }], 1);
    const list = {
      kind: 'verdict-list',
      id: `list-${number}`,
      value: { issuer: 'anna', entries: [] },
    } as const;
    await store.putDocuments([list], 1);
  }
  for (const list of [['history'], ['verdicts', 'list']]) {
    const { stderr, code } = await fleet(['cleanup', ...list, '--limit', '1']);
    assert.deepEqual([code, stderr], [0, 'tallyman: there are more than 1; raise --limit\n']);
    assert.equal((await fleet(['cleanup', ...list, '--limit', '2'])).stderr, '');
  }
});

test('where: what runs it, what holds it, and on which nodes', async () => {
  const found = await answer<WhereAnswer>('where', 'openssl');
  const expected = await store.where(parseQuery('openssl'), 1000);
  assert.equal(found.query, 'openssl');
  assert.deepEqual(found.totals, expected.totals);
  assert.deepEqual(found.nodes.items, expected.nodes.items);
  const { stdout } = await fleet(['where', 'openssl']);
  const { packages, images, nodes, running } = expected.totals;
  assert.ok(
    stdout.startsWith(
      `${packages} matching packages in ${images} images on ${nodes} nodes, ${running} running containers\n\nNODE`,
    ),
  );
  assert.match(stdout, /^IMAGE +ID +NODES +RUNNING +FOUND\n/m);
  assert.match(stdout, /pkg:deb\/debian\/openssl@/);
});

test('where: pages are joined, up to the limit', async () => {
  const client = new ApiClient(base, TOKEN);
  const whole = await askWhere(client, 'openssl', 1000);
  const cut = await askWhere(client, 'openssl', 2);
  assert.deepEqual(cut.images.items, whole.images.items.slice(0, 2));
  assert.ok(cut.images.next !== undefined);
  assert.equal(whole.images.next, undefined);
});

test('where: nothing found is an answer', async () => {
  const { stdout, code } = await fleet(['where', 'no-such-package']);
  assert.equal(stdout, '0 matching packages in 0 images on 0 nodes, 0 running containers\n');
  assert.equal(code, 0);
});

test('where: a question that cannot be understood is answered with how to write it', async () => {
  const { stderr, stdout, code } = await fleet(['where', 'openssl<']);
  assert.match(stderr, /^tallyman: [^\n]*"openssl<"[^\n]*\n$/);
  assert.deepEqual([code, stdout], [2, '']);
});

test('the token may come from a file, and a wrong one is denied', async () => {
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
  writeFileSync(join(folder, 'not-a-token'), 'two\nlines\n');
  const env = { TALLYMAN_API_TOKEN: '' };
  const right = await fleet(['nodes', '--api-token-file', join(folder, 'token')], { env });
  assert.equal(right.code, 0);
  const none = await fleet(['nodes'], { env });
  assert.match(
    none.stderr,
    /^tallyman: the collector at \S+ wants an API token; [^\n]*TALLYMAN_API_TOKEN[^\n]*\n$/,
  );
  assert.equal(none.code, 4);
  const wrong = await fleet(['nodes', '--api-token-file', join(folder, 'not-a-token')], { env });
  assert.match(wrong.stderr, /^tallyman: api-token-file is .*one token on one line\n$/);
  assert.equal(wrong.code, 2);
});

test('a wrong address names itself, and one where nothing answers is unreachable', async () => {
  const wrong = await fleet(['nodes', '--api', 'localhost:7480']);
  assert.match(wrong.stderr, /^tallyman: api is "localhost:7480"; it must be a URL such as [^\n]+\n$/);
  assert.equal(wrong.code, 2);
  const nobody = await fleet(['nodes', '--api', 'http://127.0.0.1:1']);
  assert.match(nobody.stderr, /^tallyman: no collector answers at http:\/\/127\.0\.0\.1:1 \([^\n]+\n$/);
  assert.equal(nobody.code, 5);
  const limit = await fleet(['nodes', '--limit', '0']);
  assert.match(limit.stderr, /^tallyman: limit is "0" \(from --limit\); it must be [^\n]+\n$/);
  assert.equal(limit.code, 2);
});

test('something else that answers is no collector', async () => {
  const server = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const { stderr, code } = await fleet(['nodes', '--api', `http://127.0.0.1:${port}`]);
  server.close();
  assert.match(stderr, /^tallyman: what answers at [^\n]+ is no collector: it sent no JSON\n$/);
  assert.equal(code, 1);
});

test('a collector that lacks its database is as good as away, and what it says of itself is told', async () => {
  const said = "the collector's database is in trouble";
  const server = createServer((_, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ status: 503, detail: said }));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const { stderr, code } = await fleet(['nodes', '--api', `http://127.0.0.1:${port}`]);
  server.close();
  assert.equal(stderr, `tallyman: ${said}\n`);
  assert.equal(code, 5);
});
