import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Database } from '../../../../agent/state/database.ts';
import { systemClock } from '../../../../agent/state/clock.ts';
import { StateError } from '../../../../agent/state/state-error.ts';
import type { State } from '../../../../agent/state/state.ts';
import { needsRoot } from '../../../support/requirements.ts';
import { temporaryFolder, testState } from '../../../support/state.ts';

const MODULE = new URL('../../../../agent/state/state.ts', import.meta.url).href;
const CLOCK = new URL('../../../../agent/state/clock.ts', import.meta.url).href;

/** A program that opens the state in its first argument. */
function program(body: string): string[] {
  const script = `
    import { openState } from '${MODULE}';
    import { systemClock } from '${CLOCK}';
    const outbox = { maxBytes: 1e9, dropFirst: [] };
    const open = () => openState(process.argv[1], { clock: systemClock(), outbox, busyTimeoutMs: 50 });
    ${body}`;
  return ['--input-type=module', '--eval', script];
}

function code(expected: StateError['code'], advice: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof StateError, String(error));
    assert.equal(error.code, expected, error.message);
    assert.match(error.message, advice);
    return true;
  };
}

function fill(state: State): void {
  const files = Array.from({ length: 3000 }, (_, at) => `usr/lib/${(at * 2654435761) % 4294967296}`);
  const claims = [{ owner: 'o', files }];
  for (let at = 0; at < 20; at += 1) {
    state.layers.putFacts({
      diffId: `sha256:${at}`,
      cataloger: 'c',
      version: 1,
      facts: [{ path: 'p', status: 'found', claims }],
    });
  }
}

/** Writes nonsense over a part of the file. */
function damage(path: string, from: number, length: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, from);
  closeSync(file);
}

function command(name: string, ...args: readonly string[]): void {
  execFileSync(name, args);
}

/** An empty file system of its own. */
function mount(context: TestContext, options: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-state-'));
  command('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder);
  context.after(() => {
    command('umount', '--lazy', folder);
    rmdirSync(folder);
  });
  return folder;
}

test('the folder is made, for the agent alone, and holds one file after a proper end', (context) => {
  const folder = join(temporaryFolder(context), 'a', 'b');
  testState(context, folder).close();
  assert.deepEqual(readdirSync(folder), ['state.db']);
  assert.deepEqual(
    [statSync(folder).mode & 0o777, statSync(join(folder, 'state.db')).mode & 0o777],
    [0o700, 0o600],
  );
});

test('small values stay', (context) => {
  const folder = temporaryFolder(context);
  const first = testState(context, folder);
  first.meta.set('k', 'v');
  first.close();
  const { meta, recovered } = testState(context, folder);
  assert.deepEqual(
    [meta.get('k'), meta.get('none'), meta.getOrSet('n', () => 'new'), meta.getOrSet('n', () => 'newer')],
    ['v', undefined, 'new', 'new'],
  );
  assert.equal(recovered, undefined);
});

test('every event whose number was given out is there after the agent was killed', async (context) => {
  const folder = temporaryFolder(context);
  const body = `
    const { outbox: box, layers } = open();
    for (;;) {
      layers.putIndex('sha256:' + box.bytes, Buffer.alloc(5000, 7), { entryCount: 1, opaqueBlind: false });
      console.log(box.append('a', Buffer.alloc(100)));
    }`;
  const child = spawn(process.execPath, [...program(body), folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  while (!output.includes('\n20\n') && child.exitCode === null) await sleep(10);
  child.kill('SIGKILL');
  await once(child, 'close');
  const told = output.split('\n').slice(0, -1).map(Number);
  const { outbox, layers, recovered } = testState(context, folder, { clock: systemClock() });
  assert.equal(recovered, undefined);
  const kept = outbox.pending(0, 1e6, 1e9).map(({ number }) => number);
  assert.deepEqual(kept.slice(0, told.length), told);
  assert.ok(layers.count() >= told.length);
});

test('what must outlive a loss of power is synchronized to disk as it is committed, what is a cache is not', (context) => {
  const database = new Database(join(temporaryFolder(context), 'd.db'), 50);
  context.after(() => database.close());
  const level = (): unknown => database.prepare('PRAGMA synchronous').get()?.['synchronous'];
  // https://www.sqlite.org/pragma.html#pragma_synchronous: 2 is FULL, 1 is NORMAL.
  assert.deepEqual([database.transaction('durable', level), database.transaction('cached', level)], [2, 1]);
});

test('a transaction that fails leaves nothing behind', (context) => {
  const database = new Database(join(temporaryFolder(context), 'd.db'), 50);
  context.after(() => database.close());
  database.execute('CREATE TABLE t (a INTEGER) STRICT');
  const insert = database.prepare('INSERT INTO t VALUES (?)');
  assert.throws(() => database.transaction('cached', () => (insert.run(1), insert.run('text'))), StateError);
  assert.equal(
    database.transaction('cached', () => insert.run(2)),
    1,
  );
  assert.deepEqual(
    database
      .prepare('SELECT a FROM t')
      .all()
      .map((row) => row['a']),
    [2],
  );
});

test('a second agent on the same folder is told so', (context) => {
  const folder = temporaryFolder(context);
  testState(context, folder);
  assert.throws(() => testState(context, folder), code('busy', /another tallyman agent/));
});

test('a file that is no database is set aside, and said', (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'state.db'), 'no database, but long enough to be one. '.repeat(200));
  const { recovered, meta } = testState(context, folder);
  assert.equal(recovered?.reason, 'corrupt');
  assert.match(recovered?.movedTo ?? '', /state\.db\.corrupt-2025-01-01T/);
  assert.ok(statSync(recovered?.movedTo ?? '').size > 0);
  meta.set('it', 'works');
});

test('damage is found after an end that was no proper one', async (context) => {
  const folder = temporaryFolder(context);
  const state = testState(context, folder);
  fill(state);
  state.close();
  await promisify(execFile)(process.execPath, [
    ...program("open().meta.set('k', 'v'); process.kill(process.pid, 'SIGKILL');"),
    folder,
  ]).catch(() => undefined);
  damage(join(folder, 'state.db'), 40 * 4096, 20 * 4096);
  const { recovered, layers } = testState(context, folder);
  assert.equal(recovered?.reason, 'corrupt');
  assert.equal(layers.count(), 0);
});

test('damage found in use is an error, and the next start begins anew', (context) => {
  const folder = temporaryFolder(context);
  const first = testState(context, folder);
  fill(first);
  first.close();
  damage(join(folder, 'state.db'), 40 * 4096, 60 * 4096);
  const told: string[] = [];
  const second = testState(context, folder, { damaged: (error) => void told.push(error.code) });
  for (let time = 0; time < 2; time += 1)
    assert.throws(() => second.layers.forget([], -1), code('corrupt', /start the agent again/));
  assert.deepEqual(told, ['corrupt']);
  second.close();
  const [movedTo] = readdirSync(folder).filter((name) => name.startsWith('state.db.corrupt-'));
  const third = testState(context, folder);
  assert.equal(third.layers.count(), 0);
  assert.equal(third.recovered?.reason, 'corrupt');
  assert.equal(third.recovered.movedTo, join(folder, movedTo ?? ''));
  third.close();
  assert.equal(testState(context, folder).recovered, undefined);
});

test('damage where the agent starts is found at the start, even after a proper end', (context) => {
  const folder = temporaryFolder(context);
  const state = testState(context, folder);
  fill(state);
  state.close();
  damage(join(folder, 'state.db'), 4096, 60 * 4096);
  assert.equal(testState(context, folder).recovered?.reason, 'corrupt');
});

test('of files set aside only the last is kept', (context) => {
  const folder = temporaryFolder(context);
  for (let time = 0; time < 3; time += 1) {
    writeFileSync(join(folder, 'state.db'), 'no database '.repeat(1000));
    testState(context, folder).close();
  }
  assert.equal(readdirSync(folder).length, 2);
});

test('a file of a later release, or of another program, is set aside', (context) => {
  const newer = temporaryFolder(context);
  testState(context, newer).close();
  const raw = new DatabaseSync(join(newer, 'state.db'));
  raw.exec('PRAGMA user_version = 99');
  raw.close();
  assert.equal(testState(context, newer).recovered?.reason, 'newer');
  const foreign = temporaryFolder(context);
  const other = new DatabaseSync(join(foreign, 'state.db'));
  other.exec('CREATE TABLE t (a)');
  other.close();
  assert.equal(testState(context, foreign).recovered?.reason, 'foreign');
});

test('a new file has a new epoch', (context) => {
  const folder = temporaryFolder(context);
  const first = testState(context, folder);
  const { epoch } = first.outbox;
  first.close();
  writeFileSync(join(folder, 'state.db'), 'no database '.repeat(1000));
  assert.notEqual(testState(context, folder).outbox.epoch, epoch);
});

test('a file in place of the folder is an error of its own', (context) => {
  const file = join(temporaryFolder(context), 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'below')]) {
    assert.throws(() => testState(context, path), code('not-a-directory', /is not a directory/));
  }
});

test('a folder without permission is an error of its own', { skip: needsRoot() }, async (context) => {
  const folder = temporaryFolder(context);
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'closed'), { mode: 0o700 });
  const body = 'try { open(); } catch (error) { console.log(error.code, error.message); }';
  const options = { uid: 65534, gid: 65534 };
  for (const path of [join(folder, 'closed'), join(folder, 'new')]) {
    const { stdout } = await promisify(execFile)(process.execPath, [...program(body), path], options);
    assert.match(stdout, /^denied .*its own state directory/);
  }
});

test('a read-only file system is an error of its own', { skip: needsRoot() }, (context) => {
  const folder = mount(context, 'size=8m');
  testState(context, folder).close();
  command('mount', '-o', 'remount,ro', folder);
  assert.throws(() => testState(context, folder), code('read-only', /writable volume/));
});

test(
  'a full disk is an error of its own; what was there stays, and freed space is enough to go on',
  { skip: needsRoot() },
  (context) => {
    const folder = mount(context, 'size=2m');
    const state = testState(context, folder, { outbox: { maxBytes: 1e9, dropFirst: [] } });
    let last = 0;
    const grow = (): void => {
      for (;;) last = state.outbox.append('a', new Uint8Array(50_000));
    };
    assert.throws(grow, code('full', /free space/));
    assert.ok(last > 1);
    assert.equal(state.outbox.pending(0, 1e6, 1e9).at(-1)?.number, last);
    assert.equal(state.outbox.bytes, last * 50_064);
    command('mount', '-o', 'remount,size=8m', folder);
    assert.equal(state.outbox.append('a', new Uint8Array(50_000)), last + 1);
  },
);

test('an agent starts on a full disk and knows what it knew', { skip: needsRoot() }, (context) => {
  const folder = mount(context, 'size=2m');
  const first = testState(context, folder);
  fill(first);
  first.close();
  assert.throws(() => writeFileSync(join(folder, 'junk'), Buffer.alloc(4_000_000)), /ENOSPC/);
  const state = testState(context, folder);
  assert.deepEqual([state.recovered, state.layers.count()], [undefined, 20]);
  assert.equal(state.layers.facts('sha256:7', { id: 'c', version: 1 }, { claims: true })?.facts.length, 1);
  assert.throws(() => state.outbox.append('a', new Uint8Array(50_000)), code('full', /free space/));
  state.close();
});
