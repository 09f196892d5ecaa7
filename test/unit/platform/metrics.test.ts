import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMetricsServer } from '../../../platform/metrics-server.ts';
import { MetricsRegistry, registerProcessMetrics } from '../../../platform/metrics.ts';

test('counters, gauges and histograms are written in the text format, labels escaped', async () => {
  const registry = new MetricsRegistry();
  const counter = registry.counter('tallyman_scans_total', 'Scans.');
  counter.add(1, { outcome: 'done' });
  counter.add(2, { outcome: 'a "b"\n\\c' });
  registry.gauge('tallyman_images', 'Images.').set(3);
  registry.histogram('tallyman_seconds', 'Seconds.', [0.1, 1]).observe(0.5);
  assert.equal(
    await registry.exposition(),
    [
      '# HELP tallyman_scans_total Scans.',
      '# TYPE tallyman_scans_total counter',
      'tallyman_scans_total{outcome="done"} 1',
      'tallyman_scans_total{outcome="a \\"b\\"\\n\\\\c"} 2',
      '# HELP tallyman_images Images.',
      '# TYPE tallyman_images gauge',
      'tallyman_images 3',
      '# HELP tallyman_seconds Seconds.',
      '# TYPE tallyman_seconds histogram',
      'tallyman_seconds_bucket{le="0.1"} 0',
      'tallyman_seconds_bucket{le="1"} 1',
      'tallyman_seconds_bucket{le="+Inf"} 1',
      'tallyman_seconds_sum 0.5',
      'tallyman_seconds_count 1',
      '',
    ].join('\n'),
  );
});

test('a metric keeps at most 1000 label combinations and counts the rest together', async () => {
  const registry = new MetricsRegistry();
  const counter = registry.counter('c', 'C.');
  const histogram = registry.histogram('h', 'H.', [1]);
  for (let at = 0; at < 1005; at += 1) {
    counter.add(1, { node: `n${at}` });
    histogram.observe(1, { node: `n${at}` });
  }
  const text = await registry.exposition();
  assert.match(text, /^c\{other="true"\} 5$/m);
  assert.match(text, /^h_count\{other="true"\} 5$/m);
});

test('one name is registered once', () => {
  const registry = new MetricsRegistry();
  registry.gauge('g', 'G.');
  assert.throws(() => registry.counter('g', 'G.'), /registered twice/);
});

test('process metrics are read at each scrape', async () => {
  const registry = new MetricsRegistry();
  registerProcessMetrics(registry);
  assert.match(await registry.exposition(), /^process_resident_memory_bytes \d{7,}$/m);
});

test('the server answers health, readiness and metrics, and closes with connections open', async () => {
  const registry = new MetricsRegistry();
  registry.gauge('tallyman_images', 'Images.').set(7);
  let reasons: string[] = ['not connected to the collector'];
  const server = await startMetricsServer({
    listen: { host: '127.0.0.1', port: 0 },
    registry,
    readiness: () => ({ ready: reasons.length === 0, reasons }),
  });
  const url = `http://127.0.0.1:${server.address.port}`;
  try {
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const waiting = await fetch(`${url}/readyz`);
    assert.equal(waiting.status, 503);
    assert.deepEqual(await waiting.json(), { ready: false, reasons: ['not connected to the collector'] });
    reasons = [];
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    const metrics = await fetch(`${url}/metrics`);
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(await metrics.text(), /^tallyman_images 7$/m);
    assert.equal((await fetch(`${url}/nothing`)).status, 404);
    assert.equal((await fetch(`${url}/healthz`, { method: 'POST' })).status, 405);
  } finally {
    await server.close();
  }
  await assert.rejects(fetch(`${url}/healthz`));
});

test('a port in use is one clear line that names the setting', async () => {
  const registry = new MetricsRegistry();
  const readiness = (): { ready: boolean; reasons: string[] } => ({ ready: true, reasons: [] });
  const first = await startMetricsServer({ listen: { host: '127.0.0.1', port: 0 }, registry, readiness });
  try {
    await assert.rejects(startMetricsServer({ listen: first.address, registry, readiness }), {
      name: 'ListenError',
      code: 'in-use',
      message: `127.0.0.1:${first.address.port} is in use by another process; stop it or choose another metrics-listen`,
    });
  } finally {
    await first.close();
  }
});
