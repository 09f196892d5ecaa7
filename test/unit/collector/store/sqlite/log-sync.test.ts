import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogSync } from '../../../../../collector/store/sqlite/log-sync.ts';

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-log-sync-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('who comes while a sync is under way waits for the next one, together with all others', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'wal');
    writeFileSync(path, 'a commit');
    const log = new LogSync(path);
    const ended: string[] = [];
    const first = log.done().then(() => ended.push('first'));
    const second = log.done();
    assert.equal(log.done(), second);
    await Promise.all([second.then(() => ended.push('second')), first]);
    assert.deepEqual(ended, ['first', 'second']);
    await log.underWay();
    await log.close();
  }));

test('a log that cannot be synced says so to all who wait, and may be there later', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'wal');
    const log = new LogSync(path);
    const waiting = [log.done(), log.done(), log.underWay()];
    for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected');
    writeFileSync(path, 'a commit');
    await log.done();
    await log.close();
  }));
