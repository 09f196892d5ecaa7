import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { blobSource } from '../../agent/layers/blob/blob-source.ts';
import { fullDirectorySource } from '../../agent/layers/directory/full-directory.ts';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import type { LayerSource } from '../../agent/layers/layer-source.ts';
import { tarFileSource } from '../../agent/layers/tar/tar-file-source.ts';
import { rescanLayer } from '../../agent/layers/scan-layer.ts';
import { sha256 } from '../../cli/demo/oci-image.ts';
import { blobOf, factsOf, namesOf, scanWith, shortDigest, witness } from '../support/layer-reading.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';

/** The same files as folders and as tars of every format that GNU tar writes must be the same layer. */

const skip = needsRoot() || needsCommands('tar', 'python3');
const catalogers = [
  witness('notes', { basenames: ['note'], suffixes: ['.note'] }),
  witness('programs', { executables: true }),
  witness('modes', { executables: true, modes: 0o6002 }),
  witness('databases', { basenames: ['db'] }, () => ['db-wal']),
];
let work = '';

/** Awkward names, links of all kinds, devices, sizes around a tar's blocks. */
const MAKE_TREE = `
import os, sys
os.chdir(sys.argv[1])
def put(path, content=b'', mode=0o644):
    os.makedirs(os.path.dirname(path) or b'.', exist_ok=True)
    with open(path, 'wb') as f: f.write(content)
    os.chmod(path, mode)
put(b'etc/note', b'plain')
for size in (0, 1, 511, 512, 513, 100000): put(b'sizes/%d.note' % size, b'x' * size)
put(b'caf\\xc3\\xa9/na\\xc3\\xafve.note', b'utf-8')
put(b'latin/caf\\xe9.note', b'latin-1')
put(b'latin/\\xff\\xfe/note', b'no text')
put(b' leading space/new\\nline/note', b'odd')
put(b'-dash/.note', b'dash'); put(b'...', b''); put(b'a\\\\b', b'')
put(b'usr/bin/tool', b'\\x7fELF' + b'p' * 9000, 0o755)
put(b'usr/bin/setuid', b'\\x7fELF' + b's' * 9000, 0o4711)
put(b'usr/bin/script', b'#!/bin/sh\\n' + b' ' * 9000, 0o755)
put(b'usr/bin/deploy', b'#!/bin/sh\\n', 0o777); put(b'usr/bin/empty', b'', 0o2755); put(b'usr/bin/tiny', b'\\x7fELF', 0o4755)
put(b'usr/bin/open.py', b'', 0o777); put(b'usr/share/open', b'x' * 9000, 0o666); put(b'usr/share/locked', b'', 0o2644)
os.mkdir(b'tmp'); os.chmod(b'tmp', 0o1777); os.symlink(b'usr/bin/tiny', b'tiny'); os.link(b'usr/bin/deploy', b'usr/bin/also')
put(b'usr/lib/lib.so.1', b'\\x7fELF' + b'l' * 9000, 0o644)
os.link(b'usr/bin/tool', b'usr/bin/alias'); os.link(b'etc/note', b'zz.note'); os.link(b'sizes/512.note', b'a-first')
os.symlink(b'usr/bin', b'bin'); os.symlink(b'/etc/note', b'abs.note'); os.symlink(b'../../..', b'usr/up'); os.symlink(b'loop', b'loop')
os.symlink(b'caf\\xe9', b'odd-link'); os.symlink(b't' * 300, b'long-link')
os.mkfifo(b'fifo.note'); os.mknod(b'null', 0o020666, os.makedev(1, 3)); os.mknod(b'loop0', 0o060660, os.makedev(7, 0))
put(b'db/db', b'database'); put(b'db/db-wal', b'log')
deep = b'deep' + b'/level' * 60
if sys.argv[2] == 'long': put(deep + b'/note', b'deep'); put(b'n' * 120 + b'/' + b'm' * 130 + b'.note', b'long')
os.makedirs(b'empty/inner')
`;

before(() => {
  work = mkdtempSync(join(tmpdir(), 'tallyman-sources-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

function makeTree(name: string, names: 'long' | 'short'): string {
  const root = join(work, name);
  mkdirSync(root);
  execFileSync('python3', ['-c', MAKE_TREE, root, names]);
  return root;
}

function tarOf(root: string, ...options: readonly string[]): string {
  const file = join(work, 'layer.tar');
  execFileSync('tar', ['--create', '--sort=name', '--file', file, ...options, '-C', root, '.']);
  return file;
}

async function read(source: LayerSource): Promise<{ names: string[]; facts: string[]; problems: number }> {
  const { encodedIndex, facts, problems } = await scanWith(source, catalogers);
  return { names: namesOf(encodedIndex), facts: factsOf(facts), problems: problems.length };
}

test('a tree is the same layer whichever way it is read', { skip }, async () => {
  const root = makeTree('tree', 'long');
  const expected = await read(overlayDirectorySource(root));
  assert.deepEqual(await read(fullDirectorySource(root)), expected);
  assert.deepEqual(await read(rootDirectorySource(root)), expected);
  for (const format of ['gnu', 'pax']) {
    const file = tarOf(root, `--format=${format}`);
    const tar = readFileSync(file);
    const region = { path: file, offset: 0, length: tar.length };
    assert.deepEqual(await read(tarFileSource(region, sha256(tar))), expected, `${format}, verified`);
    assert.deepEqual(await read(tarFileSource(region)), expected, `${format}, seeking`);
    assert.deepEqual(await read(blobSource(blobOf(gzipSync(tar)), sha256(tar))), expected, `${format}, gzip`);
    assert.deepEqual(await read(blobSource(blobOf(zstdCompressSync(tar), 999))), expected, `${format}, zstd`);
  }
});

test('the layer is what find and the files themselves say', { skip }, async () => {
  const root = makeTree('found', 'long');
  const { names, facts, problems } = await read(overlayDirectorySource(root));
  const found = execFileSync('find', [root, '-mindepth', '1', '-printf', '%y\\t%P\\0'], {
    encoding: 'latin1',
  });
  const kinds: Readonly<Record<string, string>> = { f: 'file', d: 'directory', l: 'symlink' };
  const listed = names.map((name) => name.replace(/ -> .*/s, ''));
  const expected = found
    .split('\0')
    .slice(0, -1)
    .map((line) => {
      const [type = '', path = ''] = line.split('\t');
      return `${kinds[type] ?? 'other'} ${path}`;
    });
  const ascii = (list: readonly string[]): string[] => list.filter((name) => !/[^\0-\x7f]/.test(name)).sort();
  assert.deepEqual(ascii(listed), ascii(expected));
  assert.equal(listed.length, expected.length);
  assert.ok(names.includes('file café/naïve.note') && names.includes('file latin/caf\udce9.note'));
  assert.ok(facts.includes(`notes etc/note: etc/note=${shortDigest('plain')}`));
  assert.deepEqual(
    facts.filter((fact) => fact.startsWith('programs')).map((fact) => fact.split(':')[0]),
    ['programs usr/bin/alias', 'programs usr/bin/setuid', 'programs usr/bin/tool'],
  );
  assert.deepEqual(
    facts.filter((fact) => fact.startsWith('modes')).map((fact) => fact.split(':')[0]),
    ['also', 'deploy', 'empty', 'setuid', 'tiny'].map((name) => `modes usr/bin/${name}`),
  );
  assert.equal(problems, 0);
});

test('older tar formats hold the same layer, as far as they hold it at all', { skip }, async () => {
  const root = makeTree('short', 'short');
  rmSync(join(root, 'long-link'));
  rmSync(join(root, 'loop0'));
  rmSync(join(root, 'null'));
  rmSync(join(root, 'fifo.note'));
  const expected = await read(overlayDirectorySource(root));
  for (const format of ['v7', 'oldgnu', 'ustar']) {
    const file = tarOf(root, `--format=${format}`);
    assert.deepEqual(await read(blobSource(blobOf(readFileSync(file)))), expected, format);
    const region = { path: file, offset: 0, length: statSync(file).size };
    assert.deepEqual(await read(tarFileSource(region)), expected, format);
  }
});

test('sparse files in a tar are told from others', { skip }, async () => {
  const root = join(work, 'sparse');
  mkdirSync(root);
  execFileSync('sh', ['-c', 'truncate -s 1M a.note; echo end >> a.note; echo whole > b.note'], { cwd: root });
  for (const format of ['oldgnu', 'gnu', 'pax']) {
    for (const version of format === 'pax' ? ['0.0', '0.1', '1.0'] : ['1.0']) {
      const file = tarOf(root, '--sparse', `--format=${format}`, `--sparse-version=${version}`);
      const blob = await read(blobSource(blobOf(readFileSync(file))));
      assert.deepEqual(blob.names, ['file a.note', 'file b.note'], `${format} ${version}`);
      assert.match(blob.facts[0] ?? '', /^notes a.note: is stored in the tar as a sparse file/);
      assert.equal(blob.facts[1], `notes b.note: b.note=${shortDigest('whole\n')}`);
      assert.deepEqual(
        await read(tarFileSource({ path: file, offset: 0, length: statSync(file).size })),
        blob,
      );
    }
  }
});

test('a changed cataloger reads the same facts from the stored names alone', { skip }, async () => {
  const root = makeTree('again', 'long');
  const file = tarOf(root, '--format=pax');
  const sources: readonly LayerSource[] = [
    overlayDirectorySource(root),
    fullDirectorySource(root),
    rootDirectorySource(root),
    tarFileSource({ path: file, offset: 0, length: statSync(file).size }),
    blobSource(blobOf(readFileSync(file))),
  ];
  for (const source of sources) {
    const { index, facts } = await scanWith(source, catalogers);
    assert.deepEqual(await rescanLayer(source, index, catalogers), facts);
    const [notes] = catalogers;
    assert.ok(notes);
    assert.deepEqual(await rescanLayer(source, index, [notes]), facts.slice(0, 1));
  }
});
