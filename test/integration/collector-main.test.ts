import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { startCollector, type Collector } from '../../collector/main.ts';
import { collectorSettings } from '../../collector/settings.ts';
import type { Fact } from '../../core/facts.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { resolveSettings, type ParsedFlags } from '../../platform/config.ts';
import { compositionKey, catalogerSet } from '../../proto/codec/content.ts';
import { containerOf, imageOf, layerContent } from '../support/fleet.ts';
import { hostItem, sessionBench, Supply, type SessionBench } from '../support/session-bench.ts';

let bench: SessionBench;
const running: Collector[] = [];

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(async () => {
  for (const collector of running.splice(0)) await collector.close();
  await bench.stop();
});

function flags(changes: ParsedFlags = {}): ParsedFlags {
  return {
    grpcListen: '127.0.0.1:0',
    httpListen: '127.0.0.1:0',
    dataDir: join(bench.dir, 'data'),
    tlsCa: join(bench.dir, 'ca.crt'),
    tlsCert: join(bench.dir, 'collector.crt'),
    tlsKey: join(bench.dir, 'collector.key'),
    beatInterval: '1s',
    ...changes,
  };
}

async function start(changes: ParsedFlags = {}, env: Record<string, string> = {}): Promise<Collector> {
  const settings = resolveSettings(collectorSettings, { flags: flags(changes), env });
  const collector = await startCollector(settings, { logger: bench.logger, version: '1.2.3' });
  running.push(collector);
  return collector;
}

async function ask<T>(collector: Collector, path: string): Promise<T> {
  const response = await fetch(`http://${collector.httpAddress}${path}`);
  assert.equal(response.status, 200, path);
  return (await response.json()) as T;
}

async function eventually<T>(what: string, read: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  const last = performance.now() + 120_000;
  for (;;) {
    const value = await read();
    if (good(value)) return value;
    if (performance.now() > last) assert.fail(`not within two minutes: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("what an agent sends over mutual TLS is in the API's answers", async () => {
  const collector = await start();
  const facts: Fact[] = [
    {
      path: 'var/lib/dpkg/status',
      status: 'found',
      packages: [{ type: 'deb', name: 'openssl', version: '3.0.11-1', architecture: 'amd64' }],
    },
  ];
  const layer = layerContent('layer', [{ cataloger: 'dpkg', version: 1, facts }]);
  const { composition, image } = imageOf('app:1', [layer]);
  const key = compositionKey(composition.diffIds, catalogerSet([{ id: 'dpkg', version: 1 }]));
  const reported = { ...image, composition: key };
  const content = new Supply();
  content.items.set(layer.ref.key, { kind: 'layer-facts', facts: layer.facts });
  content.items.set(key, { kind: 'composition', composition });

  const uplink = bench.agent(Number(collector.grpcAddress.split(':')[1]), { content });
  uplink.setState([
    hostItem(),
    { kind: 'image', value: reported },
    { kind: 'container', value: containerOf('app-1', image) },
  ]);
  uplink.offerContent([
    { kind: 'layer-facts', key: layer.ref.key },
    { kind: 'composition', key },
  ]);
  uplink.start();
  interface Where {
    readonly totals: { readonly nodes: number; readonly running: number };
    readonly nodes: { readonly items: readonly unknown[] };
  }
  const where = await eventually(
    'openssl runs somewhere',
    () => ask<Where>(collector, '/api/v1/where?q=openssl%20%3C3.0.12'),
    ({ totals }) => totals.running === 1,
  );
  assert.deepEqual(where.nodes.items, [{ node: 'node-1', status: 'connected', images: 1, running: 1 }]);

  const metrics = await (await fetch(`http://${collector.httpAddress}/metrics`)).text();
  assert.match(metrics, /^tallyman_sessions\{condition="ok"\} 1$/m);
  assert.match(metrics, /^tallyman_ingest_changes_total\{kind="content"\} \d+$/m);
  assert.match(metrics, /^tallyman_store_call_seconds_count\{call="where"\} \d+$/m);
  assert.match(metrics, /^tallyman_store_rows\{table="compositions"\} 1$/m);
});

test('closing sends the agents away, and a new start knows what was stored', async () => {
  const first = await start();
  const uplink = bench.agent(Number(first.grpcAddress.split(':')[1]));
  uplink.setState([hostItem()]);
  uplink.start();
  interface Nodes {
    readonly items: readonly { readonly status: string; readonly host?: object }[];
  }
  await eventually(
    'the state is stored',
    () => ask<Nodes>(first, '/api/v1/nodes'),
    ({ items }) => items.some((one) => one.host !== undefined),
  );
  await first.close();
  await first.close();
  await assert.rejects(fetch(`http://${first.httpAddress}/healthz`));
  await uplink.close(0);

  const second = await start();
  const { items } = await ask<Nodes>(second, '/api/v1/nodes');
  assert.deepEqual(
    items.map(({ status }) => status),
    ['disconnected'],
  );
  assert.deepEqual(await ask(second, '/readyz'), { ready: true, reasons: [] });
});

test("the collector's own certificate is looked at: how long it is valid, and that it is", async () => {
  const collector = await start();
  const metrics = await (await fetch(`http://${collector.httpAddress}/metrics`)).text();
  const left = Number(/^tallyman_certificate_left_seconds (\d+)$/m.exec(metrics)?.[1]);
  assert.ok(left > 364 * 86_400 && left <= 365 * 86_400, `${left} seconds left`);
  await collector.close();

  const dir = join(bench.dir, 'old');
  const monthAgo = Date.now() - 30 * 86_400_000;
  await createDevelopmentCertificates(dir, {
    nodes: [],
    serverNames: ['localhost'],
    days: 10,
    now: monthAgo,
  });
  const late = await start({
    tlsCert: join(dir, 'collector.crt'),
    tlsKey: join(dir, 'collector.key'),
    tlsCa: join(dir, 'ca.crt'),
  });
  const answer = await fetch(`http://${late.httpAddress}/readyz`);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /old\/collector\.crt expired at .*no agent can connect; put a new one/);
});

test('what keeps it from starting is one line, and leaves nothing behind', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const file = join(bench.dir, 'file');
  writeFileSync(file, '');
  try {
    for (const [changes, message] of [
      [
        { httpListen: `127.0.0.1:${port}` },
        /^127\.0\.0\.1:\d+ is in use by another process; .* another http-listen$/,
      ],
      [
        { grpcListen: `127.0.0.1:${port}` },
        /^127\.0\.0\.1:\d+ is in use by another process; .* another grpc-listen$/,
      ],
      [{ dataDir: join(file, 'data') }, /^the data directory .* cannot be made .*choose another data-dir$/],
      [{ tlsCert: file }, /file holds no certificate in PEM$/],
      [{ tlsKey: join(bench.dir, 'node-1.key') }, /node-1\.key is not the key of .*collector\.crt$/],
      [{ httpListen: '0.0.0.0:0' }, /^http-listen is 0\.0\.0\.0:0, which others can reach/],
      [{ apiTokenFile: file }, /^api-token-file .* is empty/],
      [{ apiTokenFile: join(file, 'x') }, /^api-token-file cannot be read: /],
    ] as const) {
      await assert.rejects(start(changes), (error: Error) => {
        assert.match(error.message, message);
        assert.ok(!error.message.includes('\n'));
        return true;
      });
    }
    const missing = resolveSettings(collectorSettings, { flags: { dataDir: join(bench.dir, 'd') }, env: {} });
    await assert.rejects(startCollector(missing, { logger: bench.logger, version: '1' }), {
      name: 'ConfigError',
      message: /not set: tls-ca \(TALLYMAN_TLS_CA\), tls-cert .*, tls-key .*; 'tallyman certs' makes a set/,
    });
    assert.ok(!existsSync(join(bench.dir, 'd')));
    await start();
  } finally {
    taken.close();
  }
});

test('a token comes from a file or the environment', async () => {
  const path = join(bench.dir, 'token');
  writeFileSync(path, 'from-file\n');
  for (const [changes, env, token] of [
    [{ apiTokenFile: path }, {}, 'from-file'],
    [{}, { TALLYMAN_API_TOKEN: 'from-environment' }, 'from-environment'],
  ] as const) {
    const collector = await start({ ...changes, httpListen: '0.0.0.0:0' }, env);
    const address = collector.httpAddress.replace('0.0.0.0', '127.0.0.1');
    assert.equal((await fetch(`http://${address}/api/v1/summary`)).status, 401);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(`http://${address}/api/v1/summary`, { headers })).status, 200);
    await collector.close();
  }
});

test('without certificates only loopback is served, and only when asked for', async () => {
  const none = { tlsCa: undefined, tlsCert: undefined, tlsKey: undefined };
  await assert.rejects(start(none), { name: 'ConfigError' });
  await assert.rejects(start({ ...none, insecure: true, grpcListen: '0.0.0.0:0' }), {
    message: /0\.0\.0\.0 is not loopback/,
  });
  await start({ ...none, insecure: true });
});
