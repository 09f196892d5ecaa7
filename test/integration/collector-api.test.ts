import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Access } from '../../collector/api/access.ts';
import { startApi, type Api } from '../../collector/api/api.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import type { VerificationView } from '../../collector/store/views.ts';
import type { AuditEntry } from '../../core/audit-chain.ts';
import { parseQuery } from '../../core/version-range.ts';
import { createLogger } from '../../platform/logging.ts';
import { MetricsRegistry } from '../../platform/metrics.ts';
import { containerOf, imageOf, incoming, layerContent, makeFleet, storeFleet } from '../support/fleet.ts';
import { idleCleanup } from '../support/idle-cleanup.ts';
import { answerChecker, type OpenApi } from '../support/openapi.ts';

const logger = createLogger({ component: 'test', level: 'silent' });
const folder = mkdtempSync(join(tmpdir(), 'tallyman-api-'));
const shape = {
  seed: 11,
  nodes: 6,
  images: 8,
  imagesPerNode: 4,
  containersPerNode: 5,
  processesPerNode: 3,
  packages: 12,
};
const fleet = makeFleet(shape);

/** A package and an image that say all they can say. */
const richLayer = layerContent('rich', [
  {
    cataloger: 'rpm',
    version: 1,
    facts: [
      {
        path: 'var/lib/rpm/rpmdb.sqlite',
        status: 'found',
        packages: [
          {
            type: 'rpm',
            name: 'openssl-libs',
            version: '3.0.7-27.el9',
            epoch: 1,
            architecture: 'x86_64',
            source: { name: 'openssl', version: '3.0.7-27.el9' },
            modularity: 'openssl:3:1:abc',
            licenses: ['Apache-2.0'],
            vendor: 'Rocky Enterprise Software Foundation',
            role: 'application',
            flags: ['partly-installed'],
            dependencies: ['glibc'],
          },
        ],
      },
    ],
  },
]);
const release = {
  id: 'rocky',
  idLike: ['rhel'],
  versionId: '9.3',
  versionCodename: 'Blue Onyx',
  prettyName: 'Rocky Linux 9.3',
  variantId: 'container',
  cpeName: 'cpe:/o:rocky:rocky:9',
};
const rich = imageOf(
  'rich:1',
  [richLayer],
  { release },
  { variant: 'v8', labels: { a: 'b' }, lastUsed: 7, problem: 'layer 1 was cut short' },
);
const richContainer = containerOf('rich-1', rich.image, {
  pid: 7,
  snapshotter: 'overlayfs',
  snapshotKey: 'k',
  pod: { name: 'p', namespace: 'n', uid: 'u' },
  privileged: true,
});

let store: Store;
let api: Api;
let base: string;
let document: OpenApi;

before(async () => {
  store = openSqliteStore(folder, (error) => {
    throw error;
  });
  await storeFleet(store, fleet, shape.nodes);
  await store.putLayerFacts(richLayer.ref, richLayer.facts, 1);
  await store.putComposition(rich.ref, rich.composition, 1);
  const items = [
    { kind: 'image', value: rich.image } as const,
    { kind: 'container', value: richContainer } as const,
  ];
  await store.applyState(fleet.nodeName(0), items.map(incoming), [], 5);
  const gone = incoming({ kind: 'container', value: containerOf('gone', rich.image) });
  await store.applyState(fleet.nodeName(0), [gone], [], 6);
  await store.applyState(fleet.nodeName(0), [], [gone.key], 7);
  await store.recordRefusal({ node: 'x', reason: 'wrong-node', message: 'its certificate says y', at: 1 });
  await storeVerification();
  api = await start({ open: false });
  base = `http://127.0.0.1:${api.address.port}`;
  document = (await (await fetch(`${base}/api/openapi.json`)).json()) as OpenApi;
});

after(async () => {
  await api.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function start(access: Access): Promise<Api> {
  return startApi({
    store,
    cleanup: idleCleanup(store),
    clock: Date.now,
    listen: { host: '127.0.0.1', port: 0 },
    access,
    version: '1.2.3',
    registry: new MetricsRegistry(),
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    logger,
  });
}

async function storeVerification(): Promise<void> {
  const { ref } = richLayer;
  const claim = { node: 'second', offered: [{ ref, verify: true }], at: 1, leaseMs: 1000, most: 1 };
  const [answer] = await store.claimContent(claim);
  assert.ok(answer?.kind === 'wanted');
  const lease = { node: 'second', token: answer.token };
  const difference = {
    cataloger: 'rpm',
    version: 1,
    suppliedBy: 'first',
    path: 'a/b',
    stored: 'one',
    computed: 'other',
  };
  await store.putVerification({ ref, lease, at: 2, difference });
}

async function get(path: string): Promise<unknown> {
  const response = await fetch(`${base}/api/v1${path}`);
  assert.equal(response.status, 200, path);
  return response.json();
}

interface PageAnswer {
  readonly items: readonly unknown[];
  readonly next?: string;
}

/** Each route as the document names it, an address of it, and what the store says to the same question. */
function answers(): Record<string, readonly [string, () => Promise<unknown>]> {
  const node = fleet.nodeName(0);
  const all = { limit: 1000 };
  const id = rich.image.imageId;
  const q = 'openssl';
  const query = parseQuery(q);
  return {
    '/api/v1/summary': ['/summary', () => store.summary()],
    '/api/v1/nodes': ['/nodes?limit=1000', () => store.nodes(all)],
    '/api/v1/nodes/{node}': [`/nodes/${node}`, () => store.node(node)],
    '/api/v1/nodes/{node}/images': [`/nodes/${node}/images?limit=1000`, () => store.nodeImages(node, all)],
    '/api/v1/nodes/{node}/containers': [
      `/nodes/${node}/containers?limit=1000`,
      () => store.nodeContainers(node, all),
    ],
    '/api/v1/nodes/{node}/processes': [
      `/nodes/${node}/processes?limit=1000`,
      () => store.nodeProcesses(node, all),
    ],
    '/api/v1/nodes/{node}/packages': [
      `/nodes/${node}/packages?limit=1000`,
      () => store.nodePackages(node, all),
    ],
    '/api/v1/images': ['/images?limit=1000', () => store.images(all)],
    '/api/v1/images/{imageId}': [
      `/images/${id}?limit=1000`,
      async () => ({
        image: await store.image(id),
        packages: await store.imagePackages(id, all),
        nodes: await store.imageNodes(id, all),
        containers: await store.imageContainers(id, all),
      }),
    ],
    '/api/v1/images/{imageId}/packages': [
      `/images/${id}/packages?limit=1000`,
      () => store.imagePackages(id, all),
    ],
    '/api/v1/images/{imageId}/nodes': [`/images/${id}/nodes?limit=1000`, () => store.imageNodes(id, all)],
    '/api/v1/images/{imageId}/containers': [
      `/images/${id}/containers?limit=1000`,
      () => store.imageContainers(id, all),
    ],
    '/api/v1/packages': ['/packages?limit=1000', () => store.packages({}, all)],
    '/api/v1/packages/{purl}': [`/packages/${encodeURIComponent(RICH_PURL)}`, () => store.package(RICH_PURL)],
    '/api/v1/where': [
      `/where?q=${q}&limit=1000`,
      async () => ({ query: q, ...(await store.where(query, 1000)) }),
    ],
    '/api/v1/where/images': [`/where/images?q=${q}&limit=1000`, () => store.whereImages(query, all)],
    '/api/v1/where/containers': [
      `/where/containers?q=${q}&limit=1000`,
      () => store.whereContainers(query, all),
    ],
    '/api/v1/where/nodes': [`/where/nodes?q=${q}&limit=1000`, () => store.whereNodes(query, all)],
    '/api/v1/history': ['/history?limit=1000', () => store.history({}, all)],
    '/api/v1/refusals': ['/refusals', () => store.refusals(all)],
    '/api/v1/verification': ['/verification', () => store.verifications({}, all)],
  };
}

const RICH_PURL =
  'pkg:rpm/rocky/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rocky-9.3&epoch=1&upstream=openssl';

test('every answer is what the store says, whole, and fits the schema that is served for it', async () => {
  const check = answerChecker(document);
  for (const [path, [address, ask]] of Object.entries(answers())) {
    const answer = await get(address);
    assert.equal(check(path, '200', answer), '', path);
    assert.deepEqual(answer, JSON.parse(JSON.stringify(await ask())), path);
    if (Object.hasOwn(answer as object, 'items')) assert.ok((answer as PageAnswer).items.length > 0, path);
  }
});

test('a difference between two nodes can be acknowledged, which is in the audit log', async () => {
  const layer = richLayer.ref.key;
  const [open] = (await store.verifications({ outcome: 'open' }, { limit: 10 })).items;
  assert.equal(open?.diffId, layer);
  async function post(path: string, asked: object): Promise<Response> {
    return await fetch(`${base}/api/v1/verification/${path}/acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
  }
  const asked = { issuer: 'anna on ws', until: open.at, reason: 'a broken disk' };
  assert.equal((await post(`sha256:${'0'.repeat(64)}`, asked)).status, 404);
  assert.equal((await post(layer, { ...asked, until: 8.64e15 + 1 })).status, 400);
  assert.equal((await post(layer, { until: open.at })).status, 400);
  const early = await post(layer, { ...asked, until: open.at - 1 });
  assert.deepEqual(await early.json(), { items: [open] });
  assert.equal((await store.audit(0, 10)).length, 0);

  const answered = (await (await post(layer, asked)).json()) as { items: VerificationView[] };
  assert.equal(answerChecker(document)('/api/v1/verification', '200', answered), '');
  const [known] = answered.items;
  assert.deepEqual({ ...known?.acknowledged, at: 0 }, { by: 'anna on ws', at: 0, reason: 'a broken disk' });
  assert.deepEqual(await get('/verification?outcome=open'), { items: [] });
  // A second time it stays as it was.
  const again = await post(layer, { ...asked, issuer: 'berta on ws' });
  assert.deepEqual(await again.json(), answered);
  const log = (await store.audit(0, 10)).map(({ entry }) => JSON.parse(entry) as AuditEntry);
  assert.deepEqual(
    log.map(({ actor, action, subject, outcome, detail }) => [actor, action, subject, outcome, detail]),
    [
      [
        'anna on ws',
        'difference',
        layer,
        'acknowledged',
        { differences: 1, until: new Date(open.at).toISOString(), reason: 'a broken disk' },
      ],
    ],
  );
});

/**
 * What orders something, or tells what was ordered, is asked above, in collector-cleanup-api.test.ts and in
 * collector-enroll-api.test.ts.
 */
const ORDERS = /^\/api\/v1\/(cleanup|commands|audit|enrollment|verification\/{layer}\/acknowledge)(\/|$)/;

test('every route of the document is asked above, and is described', () => {
  const paths = routes().filter((path) => !ORDERS.test(path));
  assert.deepEqual(paths.toSorted(), Object.keys(answers()).toSorted());
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  assert.equal(new Set(operations.map((one) => one.operationId)).size, operations.length);
  for (const { summary, responses } of operations) {
    assert.ok(summary.length > 5);
    assert.ok('200' in responses);
  }
  assert.match(document.openapi, /^3\.1\./);
});

test('docs/api.md has every route, and no other', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  const described = [...page.matchAll(/^\| `(\/api\/v1\/[^`]*)`/gm)].map((match) => match[1]);
  assert.deepEqual(new Set(described), new Set(routes()));
});

function routes(): string[] {
  return Object.keys(document.paths).filter((path) => path.startsWith('/api/v1/'));
}

test('pages over HTTP join to the whole list', async () => {
  const items: unknown[] = [];
  let cursor = '';
  do {
    const page = (await get(`/packages?limit=7${cursor}`)) as PageAnswer;
    items.push(...page.items);
    cursor = page.next === undefined ? '' : `&cursor=${encodeURIComponent(page.next)}`;
  } while (cursor !== '');
  assert.deepEqual({ items }, await get('/packages?limit=1000'));
});

test('what is asked wrongly is a problem that says what is wrong', async () => {
  const check = answerChecker(document);
  for (const [address, path, status, detail] of [
    ['/nodes/nobody', '/api/v1/nodes/{node}', 404, /^node nobody is not known to this collector$/],
    ['/images/sha256:0', '/api/v1/images/{imageId}', 404, /^image sha256:0 is not known/],
    ['/packages/pkg%3Anpm%2Fnone', '/api/v1/packages/{purl}', 404, /^package pkg:npm\/none is not known/],
    ['/where', '/api/v1/where', 400, /query parameter q is missing/],
    ['/where?q=%3E1', '/api/v1/where', 400, /a query begins with a package's name/],
    ['/where?q=pkg:npm', '/api/v1/where', 400, /must have a type and a name/],
    ['/where?q=a%20%3C', '/api/v1/where', 400, /cannot read "<"/],
    ['/nodes?limit=0', '/api/v1/nodes', 400, /query parameter limit must be >= 1/],
    ['/nodes?limit=1001', '/api/v1/nodes', 400, /query parameter limit must be <= 1000/],
    ['/nodes?limit=many', '/api/v1/nodes', 400, /query parameter limit must be integer/],
    ['/nodes?nam=x', '/api/v1/nodes', 400, /no query parameter nam here/],
    ['/nodes?cursor=x', '/api/v1/nodes', 400, /begin again without a cursor/],
    ['/packages?type=exe', '/api/v1/packages', 400, /query parameter type must be .*: alpm, apk,/],
    ['/history?kind=node', '/api/v1/history', 400, /query parameter kind must be .*: image, container$/],
    ['/nothing', '/api/v1/nodes', 404, /there is no such page/],
  ] as const) {
    const response = await fetch(`${base}/api/v1${address}`);
    assert.equal(response.status, status, address);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const problem = (await response.json()) as { readonly status: number; readonly detail: string };
    assert.equal(check(path, '4XX', problem), '');
    assert.equal(problem.status, status);
    assert.match(problem.detail, detail, address);
  }
  assert.equal((await fetch(`${base}/api/v1/nodes`, { method: 'POST' })).status, 404);
});

test('filters reach the store', async () => {
  const since = (await get('/history?kind=container&since=7')) as PageAnswer;
  assert.equal(
    since.items.length,
    since.items.filter((one) => 'goneAt' in (one as object)).length + laterLives(),
  );
  const named = (await get('/packages?name=open*&type=rpm')) as PageAnswer;
  assert.deepEqual(
    named.items.map((one) => (one as { readonly purl: string }).purl),
    [RICH_PURL],
  );
  const ranged = (await get(`/where?q=${encodeURIComponent('openssl-libs >=1:3.0.7 <3.0.8')}`)) as {
    readonly totals: object;
  };
  assert.deepEqual(ranged.totals, { packages: 1, images: 1, nodes: 1, containers: 1, running: 1 });
});

/** Containers of the made-up fleet appeared at its start, which is later than 7 ms after the epoch. */
function laterLives(): number {
  return shape.nodes * shape.containersPerNode;
}

test('a trouble in the database is 503, without its details', async () => {
  const broken = openSqliteStore(join(folder, 'broken'), () => undefined);
  await broken.close();
  const other = await startApi({
    store: broken,
    cleanup: idleCleanup(broken),
    clock: Date.now,
    listen: { host: '127.0.0.1', port: 0 },
    access: { open: false },
    version: '1',
    registry: new MetricsRegistry(),
    readiness: () => Promise.resolve({ ready: false, reasons: ['the store is closed'] }),
    logger,
  });
  try {
    const address = `http://127.0.0.1:${other.address.port}`;
    const response = await fetch(`${address}/api/v1/nodes`);
    assert.equal(response.status, 503);
    assert.match(((await response.json()) as { readonly detail: string }).detail, /try again shortly/);
    assert.equal((await fetch(`${address}/healthz`)).status, 200);
    const ready = await fetch(`${address}/readyz`);
    assert.equal(ready.status, 503);
    assert.deepEqual(await ready.json(), { ready: false, reasons: ['the store is closed'] });
  } finally {
    await other.close();
  }
});
