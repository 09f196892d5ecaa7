import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CollectorMetrics } from '../../../collector/collector-metrics.ts';
import type { StoreSizes } from '../../../collector/store/store.ts';
import { StoreError } from '../../../collector/store/store-error.ts';

/** Scrapes a collector with two open connections. */
function scraped(sizes: () => Promise<StoreSizes>): Promise<string> {
  const metrics = new CollectorMetrics();
  metrics.onScrape({
    sessions: () => [],
    connections: () => ({ connections: 2, handshakes: 0, waiting: 0 }),
    sizes,
    certificateLeft: () => undefined,
  });
  return metrics.registry.exposition();
}

test('a scrape tells the size of the database', async () => {
  const text = await scraped(async () => ({ databaseBytes: 4096, rows: { nodes: 3 } }));
  assert.match(text, /^tallyman_store_bytes 4096$/m);
  assert.match(text, /^tallyman_store_rows\{table="nodes"\} 3$/m);
});

test('a scrape tells all else while the database is away', async () => {
  const text = await scraped(() => Promise.reject(new StoreError('unavailable', 'PostgreSQL is away')));
  assert.match(text, /^tallyman_connections\{phase="open"\} 2$/m);
  assert.doesNotMatch(text, /^tallyman_store_bytes /m);
});

test('a scrape does not wait for a database that keeps silent', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const asked = Promise.withResolvers<void>();
  const scrape = scraped(() => {
    setImmediate(asked.resolve);
    return new Promise(() => undefined);
  });
  await asked.promise;
  context.mock.timers.tick(5000);
  assert.match(await scrape, /^tallyman_connections\{phase="open"\} 2$/m);
});
