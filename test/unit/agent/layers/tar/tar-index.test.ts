import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { EntryKind } from '../../../../../core/layer.ts';
import { tarIndex } from '../../../../../agent/layers/tar/tar-index.ts';
import { namesOf } from '../../../../support/layer-reading.ts';

/** `kind path` or `kind path -> target` in the order of the tar, and what is left of them. */
const cases: Readonly<Record<string, readonly [given: readonly string[], expected: readonly string[]]>> = {
  'implied folders are listed': [['file a/b/c'], ['directory a', 'directory a/b', 'file a/b/c']],
  'an implied folder is named later': [
    ['file a/b', 'directory a'],
    ['directory a', 'file a/b'],
  ],
  'a file is replaced by a symlink': [['file a', 'symlink a -> b'], ['symlink a -> b']],
  'a symlink is replaced by a file': [['symlink a -> b', 'file a'], ['file a']],
  'a symlink is replaced by another': [['symlink a -> b', 'symlink a -> c'], ['symlink a -> c']],
  'a folder is replaced by a file, with all below it': [
    ['file a/b/c', 'file ab', 'file a'],
    ['file a', 'file ab'],
  ],
  'a folder is replaced and made anew': [
    ['file a/old', 'file a', 'directory a', 'file a/new'],
    ['directory a', 'file a/new'],
  ],
  'what is named again after its folder was replaced is there': [
    ['file a/b', 'file a', 'directory a', 'file a/b'],
    ['directory a', 'file a/b'],
  ],
  'a folder named twice keeps what is in it': [
    ['directory a', 'file a/b', 'directory a'],
    ['directory a', 'file a/b'],
  ],
  'a whiteout beside a folder makes it opaque': [['whiteout a', 'directory a'], ['opaque a']],
  'in either order': [
    ['directory a', 'file a/b', 'whiteout a'],
    ['file a/b', 'opaque a'],
  ],
  'and where the folder is only implied': [
    ['whiteout a', 'file a/b'],
    ['file a/b', 'opaque a'],
  ],
  'a whiteout yields to a file': [['whiteout a', 'file a'], ['file a']],
  'before or after': [['file a', 'whiteout a'], ['file a']],
  'an opaque mark makes its folder opaque': [
    ['directory a', 'opaque a', 'file a/b'],
    ['file a/b', 'opaque a'],
  ],
  'before the folder is named': [['opaque a', 'directory a'], ['opaque a']],
};

for (const [name, [given, expected]] of Object.entries(cases)) {
  test(name, () => {
    const index = tarIndex();
    for (const line of given) {
      const [, kind, path, target] = /^(\w+) (\S+)(?: -> (.*))?$/.exec(line) ?? [];
      index.add(path ?? '', kind as EntryKind, target === undefined ? {} : { target });
    }
    assert.deepEqual(namesOf(index.finish()), expected);
  });
}

test('the member that holds a file is the last one named for it', () => {
  const index = tarIndex();
  index.add('a/b', 'file', { member: 3 });
  assert.equal(index.memberOf('a/b'), 3);
  index.add('a/b', 'file', { member: 5 });
  assert.equal(index.memberOf('a/b'), 5);
  index.add('a', 'symlink', { target: 'c' });
  assert.equal(index.memberOf('a/b'), undefined);
  assert.equal(index.memberOf('a'), undefined);
});

test('many names in many folders are all found again', () => {
  const index = tarIndex();
  for (let at = 0; at < 5000; at++) index.add(`d${at % 70}/f${at}`, 'file', { member: at });
  for (let at = 0; at < 5000; at++) assert.equal(index.memberOf(`d${at % 70}/f${at}`), at);
  assert.equal(index.entryCount, 5070);
});

/** The same by the plainest means: a map, gone through again and again. */
function plainly(given: readonly (readonly [path: string, kind: EntryKind])[]): string[] {
  const tree = new Map<string, EntryKind>();
  const isFolder = (kind: EntryKind | undefined): boolean => kind === 'directory' || kind === 'opaque';
  for (const [path, kind] of given) {
    const before = tree.get(path);
    if (kind === 'whiteout' && before !== undefined) {
      if (before === 'directory') tree.set(path, 'opaque');
      continue;
    }
    for (
      let slash = path.indexOf('/');
      before === undefined && slash !== -1;
      slash = path.indexOf('/', slash + 1)
    ) {
      const above = path.slice(0, slash);
      if (tree.get(above) === 'whiteout') tree.set(above, 'opaque');
      else if (!tree.has(above)) tree.set(above, 'directory');
    }
    if (!isFolder(kind) && isFolder(before)) {
      for (const other of [...tree.keys()]) if (other.startsWith(`${path}/`)) tree.delete(other);
    }
    const isOpaque = kind === 'directory' && (before === 'opaque' || before === 'whiteout');
    tree.set(path, isOpaque ? 'opaque' : kind);
  }
  return [...tree].map(([path, kind]) => `${kind} ${path}`).sort();
}

test('names in any order leave what plain reckoning leaves', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/'));
  const kind = fc.constantFrom<EntryKind>('file', 'directory', 'opaque', 'whiteout', 'other');
  fc.assert(
    fc.property(fc.array(fc.tuple(path, kind), { maxLength: 25 }), (given) => {
      const index = tarIndex();
      for (const [at, what] of given) index.add(at, what);
      assert.deepEqual(namesOf(index.finish()), plainly(given));
    }),
    { numRuns: 2000 },
  );
});

test('what is replaced counts, as names do', () => {
  const index = tarIndex();
  const target = 'x'.repeat(1000);
  for (let at = 0; at < 100; at += 1) index.add(`a${at}/b`, 'symlink', { target });
  const before = index.byteLength;
  for (let at = 0; at < 100; at += 1) index.add(`a${at}/b`, 'symlink', { target });
  assert.ok(index.byteLength - before > 100_000);
  const after = index.byteLength;
  for (let at = 0; at < 100; at += 1) index.add(`a${at}`, 'file');
  assert.ok(index.byteLength - after > 10_000);
});
