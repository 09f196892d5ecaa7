import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { openSqliteStore } from '../../../../../collector/store/sqlite/sqlite-store.ts';
import { storeContract } from '../../../../support/store-contract/index.ts';

const root = mkdtempSync(join(tmpdir(), 'tallyman-store-'));
let count = 0;

after(() => rmSync(root, { recursive: true }));

storeContract('SQLite', () => {
  count += 1;
  const store = openSqliteStore(join(root, String(count)), (error) => {
    throw error;
  });
  return Promise.resolve(store);
});
