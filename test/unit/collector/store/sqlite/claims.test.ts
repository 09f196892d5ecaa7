import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqliteStore } from '../../../../../collector/store/sqlite/sqlite-store.ts';
import { base } from '../../../../support/store-contract/samples.ts';

test('a lease lapses by the clock of the only collector there is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-claims-'));
  const store = openSqliteStore(folder, (error) => {
    throw error;
  });
  const claim = async (node: string, at: number): Promise<string | undefined> => {
    const offered = [{ ref: base.ref, verify: false }];
    return (await store.claimContent({ node, offered, at, leaseMs: 100, most: 10 }))[0]?.kind;
  };
  try {
    assert.equal(await claim('node-a', 0), 'wanted');
    assert.equal(await claim('node-b', 99), 'elsewhere');
    assert.equal(await claim('node-b', 100), 'wanted');
    assert.equal(await claim('node-a', 199), 'elsewhere');
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
});
