import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, test } from 'node:test';
import { collectorAudit } from '../../cli/audit/source.ts';
import { verifyAudit } from '../../cli/audit/verify.ts';
import { AuditLog } from '../../collector/cleanup/audit-log.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import { StoreError } from '../../collector/store/store-error.ts';
import type { Store } from '../../collector/store/store.ts';
import { auditEntry, PRUNED } from '../../core/audit-chain.ts';
import { tallyman } from '../support/cli.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-collector-audit-'));
  store = openSqliteStore(folder, (error) => {
    throw error;
  });
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

function event(at: number) {
  return { at, actor: 'anna', action: 'command', subject: `c${at}`, detail: { node: 'a' } };
}

test('what is written at once stands in a chain, and a restart goes on with it', async () => {
  const log = new AuditLog(store);
  await Promise.all([1, 2, 3].map((at) => log.write([event(at), event(at + 10)])));
  await new AuditLog(store).write([event(4)]);
  const result = await log.verify();
  assert.ok(result.kind === 'whole');
  assert.deepEqual([result.entries, result.head.sequence], [7, 7]);
  assert.deepEqual(await verifyAudit(collectorAudit(folder)), result, 'beside the collector too');
});

test('a number that another collector took meanwhile is not taken twice', async () => {
  const log = new AuditLog(store);
  await log.write([event(1)]);
  let isFirst = true;
  const racing = new AuditLog({
    putAudit: async (entries, resultsOf) => {
      if (isFirst) await log.write([event(2)]);
      isFirst = false;
      await store.putAudit(entries, resultsOf);
    },
    lastAudit: () => store.lastAudit(),
    audit: (from, limit) => store.audit(from, limit),
    removeAudit: (upTo) => store.removeAudit(upTo),
  });
  await racing.write([event(3)]);
  const result = await log.verify();
  assert.ok(result.kind === 'whole');
  assert.equal(result.entries, 3);
});

test('a store that fails is no race', async () => {
  await store.close();
  await assert.rejects(
    new AuditLog(store).write([event(1)]),
    (error) => error instanceof StoreError && error.code === 'closed',
  );
});

test('old entries go from the front, and the log says so', async () => {
  const log = new AuditLog(store);
  // A clock that was set back: what stands behind a younger entry stays with it.
  await log.write([10, 20, 900, 30].map(event));
  await log.prune(5, 1000);
  assert.equal((await store.audit(0, 9)).length, 4);
  await log.prune(500, 1000);
  const kept = (await store.audit(0, 9)).map(({ entry }) => auditEntry(entry));
  assert.deepEqual(
    kept.map((entry) => [entry?.sequence, entry?.action]),
    [
      [3, 'command'],
      [4, 'command'],
      [5, PRUNED],
    ],
  );
  assert.equal((await log.verify()).kind, 'whole');
  await store.removeAudit(3);
  assert.equal((await log.verify()).kind, 'broken', 'a beginning that nobody told of');
});

test('audit verify --data-dir finds what was altered', async () => {
  await new AuditLog(store).write([event(1), event(2), event(3)]);
  await store.close();
  const whole = await tallyman(['audit', 'verify', '--data-dir', folder]);
  assert.match(whole.stdout, /^The collector's audit log in .* is whole\.\nentries +3\n/);
  const database = new DatabaseSync(join(folder, 'tallyman.db'));
  database.exec(`UPDATE audit SET entry = replace(entry, 'anna', 'eve') WHERE sequence = 2`);
  database.close();
  const altered = await tallyman(['audit', 'verify', '--data-dir', folder]);
  assert.equal(altered.code, 1);
  assert.match(altered.stdout, /is broken at entry 2: it was altered: its hash is another\.\n$/);
});
