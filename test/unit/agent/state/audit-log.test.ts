import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readAuditLog } from '../../../../agent/state/audit-files.ts';
import { AuditLog, type AuditLogOptions } from '../../../../agent/state/audit-log.ts';
import { StateError } from '../../../../agent/state/state-error.ts';
import { auditEntry, ChainCheck, type AuditEntry, type ChainResult } from '../../../../core/audit-chain.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import { needsRoot } from '../../../support/requirements.ts';
import { temporaryFolder } from '../../../support/state.ts';

const CURRENT = 'audit.log';

function openLog(folder: string, options: Partial<AuditLogOptions> = {}): AuditLog {
  return new AuditLog(folder, { now: () => 1_700_000_000_000, ...options });
}

function say(log: AuditLog, ...subjects: readonly string[]): void {
  for (const subject of subjects) log.write({ actor: 'anna', action: 'command', subject, detail: {} });
}

function check(folder: string): ChainResult {
  const checking = new ChainCheck(sha256Hex);
  for (const stored of readAuditLog(folder)) checking.add(stored);
  return checking.result();
}

function entries(folder: string): AuditEntry[] {
  return [...readAuditLog(folder)].flatMap(({ entry }) => auditEntry(entry) ?? []);
}

test('entries are chained over ends of the agent, and for its own user alone', (context) => {
  const folder = temporaryFolder(context);
  const log = openLog(folder);
  say(log, 'a', 'b');
  log.close();
  const next = openLog(folder);
  say(next, 'c');
  const head = next.head();
  const result = check(folder);
  assert.ok(result.kind === 'whole' && result.entries === 3);
  assert.deepEqual(result.head, head);
  assert.deepEqual(
    entries(folder).map(({ subject }) => subject),
    ['a', 'b', 'c'],
  );
  assert.equal(statSync(join(folder, CURRENT)).mode & 0o777, 0o600);
  next.close();
});

test('a line that was cut off is set aside, and the log says so', (context) => {
  const folder = temporaryFolder(context);
  const log = openLog(folder);
  say(log, 'a');
  log.close();
  appendFileSync(join(folder, CURRENT), '{"hash":"00');
  const next = openLog(folder);
  say(next, 'b');
  next.close();
  assert.equal(readFileSync(join(folder, `${CURRENT}.torn`), 'utf8'), '{"hash":"00');
  assert.deepEqual(
    entries(folder).map(({ action }) => action),
    ['command', 'audit-torn', 'command'],
  );
  assert.equal(check(folder).kind, 'whole');
});

test('a log whose end is no entry is set aside whole, and never passes for whole again', (context) => {
  const folder = temporaryFolder(context);
  const log = openLog(folder);
  say(log, 'a', 'b');
  log.close();
  appendFileSync(join(folder, CURRENT), 'something else\n');
  assert.equal(check(folder).kind, 'broken');
  const next = openLog(folder);
  say(next, 'c');
  next.close();
  const aside = readdirSync(folder).find((name) => name.startsWith(`${CURRENT}.damaged-`));
  assert.match(readFileSync(join(folder, aside ?? ''), 'utf8'), /something else\n$/);
  assert.deepEqual(check(folder), {
    kind: 'broken',
    sequence: 1,
    why: 'the log before it was damaged, set aside and begun anew',
  });
});

test('a log that is begun anew goes on behind the files before it, and takes none of their places', (context) => {
  const folder = temporaryFolder(context);
  const options = { maxFileBytes: 600, mostOlderFiles: 50 };
  const log = openLog(folder, options);
  for (let number = 0; number < 12; number += 1) say(log, `before-${number}`);
  log.close();
  const before = entries(folder);
  appendFileSync(join(folder, CURRENT), 'something else\n');
  const next = openLog(folder, options);
  for (let number = 0; number < 12; number += 1) say(next, `after-${number}`);
  next.close();
  const after = entries(folder).map(({ subject }) => subject);
  const kept = before.map(({ subject }) => subject).filter((subject) => after.includes(subject));
  assert.ok(kept.length >= 8, 'what lies in earlier files stays');
  assert.deepEqual(after, [...kept, CURRENT, ...Array.from({ length: 12 }, (_, at) => `after-${at}`)]);
  const result = check(folder);
  assert.ok(result.kind === 'broken' && result.sequence === kept.length + 1, JSON.stringify(result));
  assert.match(result.why, /damaged, set aside and begun anew/);
});

test('however long a text is, its line is not, and a log without end is not read', (context) => {
  const folder = temporaryFolder(context);
  const log = openLog(folder);
  const long = '\u0001'.repeat(1_000_000);
  log.write({ actor: long, action: 'undo', subject: long, detail: { reason: long, by: long } });
  log.close();
  assert.ok(statSync(join(folder, CURRENT)).size < 64 * 1024);
  appendFileSync(join(folder, CURRENT), 'x'.repeat(300 * 1024));
  const next = openLog(folder);
  say(next, 'b');
  next.close();
  const result = check(folder);
  assert.ok(result.kind === 'broken' && result.sequence === 1);
});

test('a file that is full gives way to the next, and the oldest go with a word', (context) => {
  const folder = temporaryFolder(context);
  const log = openLog(folder, { maxFileBytes: 600, mostOlderFiles: 2 });
  for (let number = 0; number < 40; number += 1) say(log, `command-${number}`);
  log.close();
  const files = readdirSync(folder).filter((name) => name.startsWith('audit-'));
  assert.equal(files.length, 2);
  const result = check(folder);
  assert.ok(result.kind === 'whole', JSON.stringify(result));
  assert.ok((result.first?.sequence ?? 0) > 20);
  const next = openLog(folder, { maxFileBytes: 600, mostOlderFiles: 2 });
  say(next, 'last');
  next.close();
  assert.equal(check(folder).kind, 'whole');
});

test('a file that is taken away, emptied or swapped is missed', (context) => {
  const folder = temporaryFolder(context);
  const log = openLog(folder, { maxFileBytes: 600, mostOlderFiles: 5 });
  for (let number = 0; number < 12; number += 1) say(log, `command-${number}`);
  log.close();
  const [first = '', second = ''] = readdirSync(folder).filter((name) => name.startsWith('audit-'));
  const [one, other] = [readFileSync(join(folder, first)), readFileSync(join(folder, second))];
  writeFileSync(join(folder, first), '');
  assert.equal(check(folder).kind, 'broken', 'the beginning');
  writeFileSync(join(folder, first), one);
  writeFileSync(join(folder, second), '');
  assert.equal(check(folder).kind, 'broken', 'the middle');
  writeFileSync(join(folder, first), other);
  writeFileSync(join(folder, second), one);
  assert.equal(check(folder).kind, 'broken', 'another order');
});

test('what cannot be written is said, and tried again the next time', (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, CURRENT);
  mkdirSync(path);
  const log = openLog(folder);
  assert.throws(() => say(log, 'a'), StateError);
  assert.equal(log.head(), undefined);

  const other = join(folder, 'other');
  mkdirSync(other);
  writeFileSync(join(folder, 'target'), '');
  symlinkSync(join(folder, 'target'), join(other, CURRENT));
  assert.throws(() => say(openLog(other), 'a'), StateError, 'no link is followed');
  assert.equal(statSync(join(folder, 'target')).size, 0);

  const late = join(folder, 'late');
  const waiting = openLog(late);
  assert.throws(() => say(waiting, 'a'), StateError);
  mkdirSync(late);
  chmodSync(late, 0o700);
  say(waiting, 'a');
  waiting.close();
  assert.ok(existsSync(join(late, CURRENT)));
  assert.equal(check(late).kind, 'whole');
});

test(
  'what a full disk takes no more is said, and the chain goes on when there is room',
  { skip: needsRoot() },
  (context) => {
    const ends: (() => void)[] = [];
    // Before the folder is removed.
    context.after(() => ends.forEach((end) => end()));
    const folder = join(temporaryFolder(context), 'small');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder]);
    const log = openLog(folder);
    ends.push(
      () => log.close(),
      () => void execFileSync('umount', [folder]),
    );
    let written = 0;
    const fill = (): void => {
      for (; written < 10_000; written += 1) say(log, `command-${written}`);
    };
    assert.throws(fill, (error) => error instanceof StateError && error.code === 'full');
    assert.equal(log.note({ actor: 'anna', action: 'command', subject: 'x'.repeat(900), detail: {} }), false);
    execFileSync('mount', ['-o', 'remount,size=1m', folder]);
    say(log, 'last');
    const result = check(folder);
    assert.ok(result.kind === 'whole' && result.entries === written + 1, JSON.stringify(result));
  },
);
