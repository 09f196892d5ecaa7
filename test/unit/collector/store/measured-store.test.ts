import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { measuredStore } from '../../../../collector/store/measured-store.ts';
import { openSqliteStore } from '../../../../collector/store/sqlite/sqlite-store.ts';
import { MetricsRegistry } from '../../../../platform/metrics.ts';

test('calls are timed, failures counted by their code, and answers pass unchanged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-store-'));
  const registry = new MetricsRegistry();
  const plain = openSqliteStore(folder, (error) => {
    throw error;
  });
  const store = measuredStore(plain, registry);
  try {
    assert.deepEqual(await store.summary(), await plain.summary());
    await assert.rejects(store.nodes({ limit: 1, cursor: 'x' }), {
      name: 'StoreError',
      code: 'invalid-cursor',
    });
    assert.equal(await Promise.resolve(store), store, 'is no promise by accident');
    const text = await registry.exposition();
    assert.match(text, /^tallyman_store_call_seconds_count\{call="summary"\} 1$/m);
    assert.match(text, /^tallyman_store_call_seconds_count\{call="nodes"\} 1$/m);
    assert.match(text, /^tallyman_store_failures_total\{call="nodes",code="invalid-cursor"\} 1$/m);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
