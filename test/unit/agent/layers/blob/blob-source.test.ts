import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { blobSource } from '../../../../../agent/layers/blob/blob-source.ts';
import { LayerError } from '../../../../../agent/layers/layer-error.ts';
import { DEFAULT_LIMITS } from '../../../../../agent/layers/layer-source.ts';
import { sha256 } from '../../../../../cli/demo/oci-image.ts';
import { writeTar, type TarEntry } from '../../../../../cli/demo/tar-writer.ts';
import type { Cataloger } from '../../../../../core/facts.ts';
import { hostileBytes } from '../../../../support/hostile.ts';
import {
  blobOf,
  factsOf,
  list,
  namesOf,
  scanWith,
  shortDigest,
  witness,
} from '../../../../support/layer-reading.ts';
import { paxMember, rawMember, TAR_END } from '../tar/raw-tar.ts';

const MIB = 1024 * 1024;
const notes = witness('notes', { basenames: ['note'] });
const programs = witness('programs', { executables: true });
const databases = witness('databases', { basenames: ['db'] }, () => ['db-wal', 'db-shm']);

/** An ELF by its first bytes alone. */
function program(size: number, fill: string): Buffer {
  const bytes = Buffer.alloc(size, fill);
  bytes.write('\x7fELF', 'latin1');
  return bytes;
}

/** A layer's tar behind gzip, and how often it was opened. */
function compressed(entries: readonly TarEntry[]): {
  open: () => AsyncIterable<Uint8Array>;
  passes: () => number;
} {
  const blob = gzipSync(writeTar(entries), { level: 1 });
  let passes = 0;
  return {
    open() {
      passes++;
      return blobOf(blob)();
    },
    passes: () => passes,
  };
}

async function factsIn(entries: readonly TarEntry[], ...catalogers: readonly Cataloger[]): Promise<string[]> {
  return factsOf((await scanWith(blobSource(compressed(entries).open), catalogers)).facts);
}

test('names, whiteouts, opaque folders and links are listed', async () => {
  const { open } = compressed([
    { path: './usr', type: 'directory' },
    { path: '/usr/bin/tool', content: 'x' },
    { path: 'usr/bin/alias', type: 'hardlink', target: './usr/bin/tool' },
    { path: 'lib', type: 'symlink', target: 'usr/lib' },
    { path: 'etc/.wh.gone' },
    { path: 'var/cache/.wh..wh..opq' },
    { path: 'var/.wh.' },
    { path: 'dev/null', type: 'character-device' },
    { path: 'run/pipe', type: 'fifo' },
  ]);
  assert.deepEqual(namesOf((await list(blobSource(open))).index), [
    'directory dev',
    'directory etc',
    'directory run',
    'directory usr',
    'directory usr/bin',
    'directory var',
    'file usr/bin/alias',
    'file usr/bin/tool',
    'opaque var/cache',
    'other run/pipe',
    'symlink lib -> usr/lib',
    'whiteout dev/null',
    'whiteout etc/gone',
  ]);
});

test('every candidate gives a fact, in one pass', async () => {
  const layer = compressed([
    { path: 'b/note', content: 'one' },
    { path: 'a/note', content: 'two' },
    { path: 'empty/note', content: '' },
    { path: 'a/other', content: 'three' },
  ]);
  const { facts, index } = await scanWith(blobSource(layer.open), [notes, programs]);
  assert.deepEqual(factsOf(facts), [
    `notes a/note: a/note=${shortDigest('two')}`,
    `notes b/note: b/note=${shortDigest('one')}`,
    `notes empty/note: empty/note=${shortDigest('')}`,
  ]);
  assert.deepEqual(
    facts.map(({ cataloger }) => cataloger),
    ['notes', 'programs'],
  );
  assert.equal(index.entryCount, 7);
  assert.equal(layer.passes(), 1);
});

test('programs are told by name, mode, size and first bytes', async () => {
  const entries = [
    { path: 'bin/tool', mode: 0o755, content: program(5000, 'a') },
    { path: 'bin/plain', mode: 0o644, content: program(5000, 'b') },
    { path: 'bin/script', mode: 0o755, content: '#!/bin/sh\n'.padEnd(5000) },
    { path: 'bin/tiny', mode: 0o755, content: program(50, 'c') },
    { path: 'bin/code.py', mode: 0o755, content: program(5000, 'd') },
  ];
  assert.deepEqual(await factsIn(entries, programs), [
    `programs bin/tool: bin/tool=${shortDigest(program(5000, 'a'))}`,
  ]);
});

test('a file wanted by name and as a program comes once for both', async () => {
  let calls = 0;
  const counting = {
    ...witness('counting', { basenames: ['note'] }),
    parse: () => ({ truncated: String(++calls) }),
  };
  const content = program(5000, 'a');
  const found = await factsIn([{ path: 'note', mode: 0o755, content }], counting, programs);
  assert.deepEqual(found, ['counting note: nothing', `programs note: note=${shortDigest(content)}`]);
  assert.equal(calls, 1);
});

test('a hard link has the content it links to, wherever that was', async () => {
  const content = program(9000, 'a');
  const entries: TarEntry[] = [
    { path: 'store/blob.json', content: 'deep' },
    { path: 'first/note', content: 'near' },
    { path: 'second/note', type: 'hardlink', target: 'first/note' },
    { path: 'third/note', type: 'hardlink', target: 'store/blob.json' },
    { path: 'bin/tool', mode: 0o755, content },
    { path: 'bin/alias', mode: 0o755, type: 'hardlink', target: 'bin/tool' },
  ];
  const layer = compressed(entries);
  const { facts } = await scanWith(blobSource(layer.open), [notes, programs]);
  assert.deepEqual(factsOf(facts), [
    `notes first/note: first/note=${shortDigest('near')}`,
    `notes second/note: second/note=${shortDigest('near')}`,
    `notes third/note: third/note=${shortDigest('deep')}`,
    `programs bin/alias: bin/alias=${shortDigest(content)}`,
    `programs bin/tool: bin/tool=${shortDigest(content)}`,
  ]);
  assert.equal(layer.passes(), 2);
});

test('hard links to what has just passed take no further pass', async () => {
  const layer = compressed([
    { path: 'bin/bzip2', mode: 0o755, content: program(9000, 'a') },
    { path: 'bin/other', mode: 0o755, content: program(9000, 'b') },
    { path: 'bin/zcat', mode: 0o755, type: 'hardlink', target: 'bin/bzip2' },
  ]);
  const { facts } = await scanWith(blobSource(layer.open), [programs]);
  assert.deepEqual(factsOf(facts).filter((fact) => fact.endsWith(shortDigest(program(9000, 'a')))).length, 2);
  assert.equal(layer.passes(), 1);
});

test('many contents in turn are kept and let go', async () => {
  const files = Array.from({ length: 40 }, (_, at): TarEntry => ({
    path: `${at}/note`,
    content: Buffer.alloc(MIB, String(at)),
  }));
  const links = files.map(({ path }, at): TarEntry => ({
    path: `link-${at}/note`,
    type: 'hardlink',
    target: path,
  }));
  const layer = compressed([...files, ...links]);
  const { facts } = await scanWith(blobSource(layer.open), [notes]);
  assert.deepEqual(
    factsOf(facts).sort(),
    files
      .flatMap(({ path, content = '' }, at) =>
        [path, `link-${at}/note`].map((one) => `notes ${one}: ${one}=${shortDigest(content)}`),
      )
      .sort(),
  );
  assert.equal(layer.passes(), 2);
});

test('hard links to what is no program take no further pass', async () => {
  const layer = compressed([
    { path: 'bin/perl', mode: 0o755, content: '#!/usr/bin/env x\n'.padEnd(6000) },
    { path: 'bin/perl5', mode: 0o755, type: 'hardlink', target: 'bin/perl' },
  ]);
  await scanWith(blobSource(layer.open), [programs]);
  assert.equal(layer.passes(), 1);
});

test('a hard link keeps the content that its name had when it was made', async () => {
  const found = await factsIn(
    [
      { path: 'a', content: 'old' },
      { path: 'note', type: 'hardlink', target: 'a' },
      { path: 'a', content: 'new' },
    ],
    notes,
  );
  assert.deepEqual(found, [`notes note: note=${shortDigest('old')}`]);
});

test('a hard link to nothing is a problem of the layer', async () => {
  const { problems } = await list(
    blobSource(compressed([{ path: 'b', type: 'hardlink', target: 'a' }]).open),
  );
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['b'],
  );
});

test('companions are found on either side of their file', async () => {
  const found = await factsIn(
    [
      { path: 'a/db', content: 'main' },
      { path: 'a/db-wal', content: 'log' },
      { path: 'b/db-wal', content: 'early' },
      { path: 'b/db', content: 'late' },
      { path: 'c/db', content: 'alone' },
    ],
    databases,
  );
  assert.deepEqual(found, [
    `databases a/db: a/db=${shortDigest('main')} a/db-wal=${shortDigest('log')}`,
    `databases b/db: b/db=${shortDigest('late')} b/db-wal=${shortDigest('early')}`,
    `databases c/db: c/db=${shortDigest('alone')}`,
  ]);
});

test('only the last of several members of one path counts', async () => {
  const elf = program(5000, 'a');
  const found = await factsIn(
    [
      { path: 'x/note', content: 'first' },
      { path: 'x/note', content: 'second' },
      { path: 'y/note', content: 'gone' },
      { path: 'y/note', type: 'symlink', target: 'elsewhere' },
      { path: 'z/note', content: 'gone with its folder' },
      { path: 'z', content: 'a file' },
      { path: 'tool', mode: 0o755, content: elf },
      { path: 'tool', mode: 0o755, content: 'a script'.padEnd(5000) },
      { path: 'note', mode: 0o755, content: elf },
      { path: 'note', mode: 0o644, content: 'text' },
    ],
    notes,
    programs,
  );
  assert.deepEqual(found, [
    `notes note: note=${shortDigest('text')}`,
    `notes x/note: x/note=${shortDigest('second')}`,
  ]);
});

/** Reads a few bytes at each offset, and swallows what reading throws if `isRude`. */
function reader(offsets: readonly number[], isRude = false): Cataloger {
  return {
    ...witness('reader', { executables: true }),
    parse(file) {
      let text = '';
      for (const offset of offsets) {
        try {
          text += Buffer.from(file.read(offset, 8)).toString('latin1');
        } catch (error) {
          if (!isRude) throw error;
        }
      }
      return { packages: [{ type: 'generic', name: 'read', version: text }] };
    },
  };
}

/** A program too large to be held whole, with marks to be found. */
function largeProgram(): Buffer {
  const bytes = program(40 * MIB, '.');
  for (let mib = 1; mib < 40; mib++) bytes.write(`mark-${mib};`, mib * MIB);
  return bytes;
}

test('of a large program only what is asked for is held, there and back', async () => {
  const layer = compressed([{ path: 'tool', mode: 0o755, content: largeProgram() }]);
  const forth = await scanWith(blobSource(layer.open), [reader([5 * MIB, 39 * MIB])]);
  assert.deepEqual(factsOf(forth.facts), ['reader tool: read=mark-5;.mark-39;']);
  assert.equal(layer.passes(), 1);
  const back = await scanWith(blobSource(layer.open), [reader([39 * MIB, 5 * MIB, 20 * MIB, 0])]);
  assert.deepEqual(factsOf(back.facts), ['reader tool: read=mark-39;mark-5;.mark-20;\x7fELF....']);
  assert.equal(layer.passes(), 3);
});

test('a cataloger that swallows our exceptions gets no half-read file', async () => {
  const { open } = compressed([{ path: 'tool', mode: 0o755, content: largeProgram() }]);
  const { facts } = await scanWith(blobSource(open), [reader([39 * MIB, 5 * MIB], true)]);
  assert.deepEqual(factsOf(facts), ['reader tool: read=mark-39;mark-5;.']);
});

test('a cataloger that wants more than may be held gets an error fact', async () => {
  const content = program(70 * MIB, '.');
  const whole = await factsIn([{ path: 'tool', mode: 0o755, content }], programs);
  assert.match(whole.join(), /^programs tool: reads more of the file than is kept/);
  const steps = Array.from({ length: 70 * 16 }, (_, at) => at * 64 * 1024);
  const all = await factsIn([{ path: 'tool', mode: 0o755, content }], reader(steps));
  assert.match(all.join(), /^reader tool: reads more of the file than is kept/);
});

test('sparse members are error facts, not rubbish', async () => {
  const tar = Buffer.concat([
    paxMember('x', [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.name', 'a/note'],
    ]),
    rawMember({ content: '1\n0\n5\nhello' }),
    TAR_END,
  ]);
  const { facts } = await scanWith(blobSource(blobOf(tar)), [notes]);
  assert.match(factsOf(facts).join(), /^notes a\/note: is stored in the tar as a sparse file/);
});

test('names that lead out of the layer are problems', async () => {
  const listing = await list(
    blobSource(compressed([{ path: '../../etc/note', content: 'x' }, { path: 'ok' }]).open),
  );
  assert.deepEqual(namesOf(listing.index), ['file ok']);
  assert.deepEqual(listing.problems, [
    { path: '../../etc/note', message: 'was left out: a name that leads out of the layer' },
  ]);
});

test('a file that cannot be parsed is an error fact beside the others', async () => {
  const broken = { ...witness('broken', { basenames: ['note'] }), parse: () => assert.fail('no good') };
  assert.deepEqual(await factsIn([{ path: 'note', content: 'x' }], broken, notes), [
    'broken note: no good',
    `notes note: note=${shortDigest('x')}`,
  ]);
});

function failsWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LayerError && error.code === code;
}

test('the diff ID is checked to the last byte', async () => {
  const tar = Buffer.concat([writeTar([{ path: 'a', content: 'x' }]), Buffer.alloc(9000)]);
  const open = blobOf(gzipSync(tar));
  await list(blobSource(open, sha256(tar)));
  await assert.rejects(list(blobSource(open, sha256(tar.subarray(0, -1)))), failsWith('digest'));
});

test('caps end the reading', async () => {
  const { open } = compressed(
    Array.from({ length: 300 }, (_, at) => ({ path: `file-${at}`, content: 'x'.repeat(600) })),
  );
  const limits = [{ entries: 299 }, { indexBytes: 500 }, { tarBytes: 100_000 }];
  for (const limit of limits) {
    await assert.rejects(
      list(blobSource(open), { limits: { ...DEFAULT_LIMITS, ...limit } }),
      failsWith('limit'),
    );
  }
});

test('time and signals end the reading', async () => {
  const content = Buffer.alloc(3 * MIB);
  const { open } = compressed(Array.from({ length: 10 }, (_, at) => ({ path: `file-${at}`, content })));
  let clock = 0;
  const limits = { ...DEFAULT_LIMITS, milliseconds: 50 };
  await assert.rejects(list(blobSource(open), { limits, now: () => (clock += 30) }), failsWith('limit'));
  const signal = AbortSignal.abort(new Error('enough'));
  await assert.rejects(list(blobSource(open), { signal }), /enough/);
});

test('only the paths asked for are read again', async () => {
  const read: string[] = [];
  const { open } = compressed([
    { path: 'a/note', content: '1' },
    { path: 'b/note', content: '2' },
    { path: 'c/note', type: 'hardlink', target: 'b/note' },
  ]);
  const wanted = {
    byName: () => ['x'],
    programs: false,
    asProgram: () => [],
    byMode: () => [],
    companions: () => [],
  };
  await blobSource(open).read(
    wanted,
    ['a/note', 'c/note', 'not/there'],
    (file) => void read.push(file.path),
    assert.fail,
  );
  assert.deepEqual(read, ['a/note', 'c/note']);
});

test('any bytes give a listing or a LayerError', async () => {
  const seed = writeTar([
    { path: 'a/note', content: 'x'.repeat(600) },
    { path: 'b/note', type: 'hardlink', target: 'a/note' },
    { path: 'tool', mode: 0o755, content: program(5000, 'a') },
    { path: 'n'.repeat(200), content: 'long' },
    { path: 'a/.wh.c' },
  ]);
  await fc.assert(
    fc.asyncProperty(hostileBytes(seed), async (bytes) => {
      try {
        await scanWith(blobSource(blobOf(bytes, 700)), [notes, programs, databases]);
      } catch (error) {
        assert.ok(error instanceof LayerError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
