import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linkPath, memberPath } from '../../../../../agent/layers/tar/member-path.ts';

const cases: readonly (readonly [string, string])[] = [
  ['a', 'path a'],
  ['./a/b', 'path a/b'],
  ['/a/b/', 'path a/b'],
  ['a//b/./c', 'path a/b/c'],
  ['', 'path '],
  ['./', 'path '],
  ['...', 'path ...'],
  ['a/..b', 'path a/..b'],
  ['a/.wh.b', 'whiteout a/b'],
  ['.wh.b', 'whiteout b'],
  ['a/.wh..wh..opq', 'opaque a'],
  ['.wh..wh..opq', 'opaque '],
  ['a/.wh.', 'ignored'],
  ['.wh..wh.plnk/1.2', 'ignored'],
  ['a/.wh..wh.aufs', 'ignored'],
  ['a/.wh...', 'refused'],
  ['a/.wh..', 'refused'],
  ['..', 'refused'],
  ['a/../b', 'refused'],
  ['a\0b', 'refused'],
  ['x'.repeat(5000), 'refused'],
];

for (const [name, expected] of cases) {
  test(`${JSON.stringify(name.slice(0, 20))} is ${expected}`, () => {
    const found = memberPath(name);
    assert.equal('path' in found ? `${found.is} ${found.path}` : found.is, expected);
  });
}

test('no name leads out of the layer', () => {
  const part = fc.constantFrom('a', '.', '..', '', '.wh.', '.wh.a', '.wh..wh..opq', '/');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const found = memberPath(parts.join('/'));
      if (!('path' in found) || found.path === '') return;
      for (const segment of found.path.split('/')) assert.ok(!['', '.', '..'].includes(segment), found.path);
    }),
  );
});

test('a hard link names a path of the layer or nothing', () => {
  assert.equal(linkPath('./a/b'), 'a/b');
  assert.equal(linkPath('../a'), undefined);
  assert.equal(linkPath('/'), undefined);
});
