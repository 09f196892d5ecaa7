import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { JournalFile, readJournal } from '../../../../agent/cleanup/journal/journal-file.ts';
import { Journals } from '../../../../agent/cleanup/journal/journals.ts';
import type { JournalRecord } from '../../../../agent/cleanup/journal/records.ts';
import { runState } from '../../../../agent/cleanup/journal/run-state.ts';

const SPACE = { bytes: 1, inodes: 1 };
const RECORDS: readonly JournalRecord[] = [
  {
    ...{ kind: 'begun', version: 1, at: 1, runId: 'run', planId: 'plan', node: 'n', issuer: 'ä', graceMs: 1 },
    predicted: SPACE,
    images: [{ imageId: 'i', names: ['a:1'], why: 'unused', predicted: SPACE }],
  },
  {
    ...{ kind: 'removing', at: 2, imageId: 'i', leases: [] },
    names: [{ engine: 'containerd', namespace: 'default', name: 'a:1', target: 'sha256:a' }],
  },
  { kind: 'image-ended', at: 3, imageId: 'i', status: 'quarantined' },
  { kind: 'ended', at: 4, outcome: 'done' },
];

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-journal-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('of a journal that is cut at any byte all whole records count, and it can be gone on with', (context) => {
  const path = join(folderOf(context), 'run.jsonl');
  const whole = new JournalFile(path);
  for (const record of RECORDS) whole.append(record);
  whole.close();
  const bytes = readFileSync(path);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    writeFileSync(path, bytes.subarray(0, cut));
    const count = bytes.subarray(0, cut).filter((byte) => byte === 10).length;
    assert.deepEqual(readJournal(path), RECORDS.slice(0, count), `cut at ${cut}`);
    const state = runState(readJournal(path));
    assert.equal(
      state?.images[0]?.status,
      [undefined, 'planned', 'removing', 'quarantined', 'quarantined'][count],
    );
    // Each costs the disk two synchronizations.
    if (cut % 16 !== 0) continue;
    const file = new JournalFile(path);
    const next: JournalRecord = { kind: 'ended', at: 9, outcome: 'interrupted' };
    file.append(next);
    file.close();
    assert.deepEqual(readJournal(path), [...RECORDS.slice(0, count), next], `gone on with after ${cut}`);
  }
});

test('what follows a line that is no record is not trusted', (context) => {
  const path = join(folderOf(context), 'run.jsonl');
  const lines = RECORDS.map((record) => JSON.stringify(record));
  for (const noise of ['', '{', 'null', '[]', '{"at":1}', '\0\0\0']) {
    writeFileSync(path, `${lines[0]}\n${noise}\n${lines[1]}\n`);
    assert.deepEqual(readJournal(path), RECORDS.slice(0, 1), JSON.stringify(noise));
  }
});

test('journals in which no run was ever begun are forgotten, the others as far as they may be', (context) => {
  const folder = folderOf(context);
  const journals = new Journals(folder);
  const begun = (runId: string, isEnded: boolean): void => {
    const file = journals.open(runId);
    const [first, ...rest] = RECORDS;
    assert.ok(first?.kind === 'begun');
    file.append({ ...first, runId });
    // The last of them without what could be undone.
    for (const record of isEnded ? rest.slice(-1) : []) file.append(record);
    file.close();
  };
  begun('1-old', true);
  begun('2-cut-off', false);
  // A full disk took the file, but nothing in it.
  for (const runId of ['3-empty', '4-empty', '6-empty']) journals.open(runId).close();
  begun('5-last', true);
  journals.forget(1);
  assert.deepEqual(readdirSync(folder), ['2-cut-off.jsonl', '5-last.jsonl']);
});
