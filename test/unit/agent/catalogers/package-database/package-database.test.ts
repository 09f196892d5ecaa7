import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimCollector } from '../../../../../agent/catalogers/package-database/claims.ts';
import {
  dependencyNames,
  providerIndex,
  relationBudget,
} from '../../../../../agent/catalogers/package-database/dependencies.ts';
import { eachLine, linesOf, readBlocks } from '../../../../../agent/catalogers/package-database/text.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const LIMITS = { bytes: 10_000_000, blockLength: 10_000_000, blocks: 1000 };

/** All blocks, and what the reader says in the end. */
function blocksOf(text: string, limits = LIMITS) {
  const blocks: string[] = [];
  const reader = readBlocks(bufferFile('f', text), limits);
  let next = reader.next();
  for (; next.done !== true; next = reader.next()) blocks.push(next.value);
  return { blocks, truncated: next.value };
}

test('blocks are what blank lines separate, wherever the file is cut into reads', () => {
  const line = fc.oneof(fc.constantFrom('', 'a', 'é☃'), fc.constant('x'.repeat(600_000)));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = lines.join('\n');
      const expected = text.split(/\n\n+/).map((block) => block.trim());
      assert.deepEqual(blocksOf(text), {
        blocks: expected.filter((block) => block !== ''),
        truncated: undefined,
      });
    }),
    { numRuns: 50 },
  );
});

test('a file longer than the limit loses the block that the limit cuts', () => {
  assert.deepEqual(blocksOf('aa\n\nbb\n\ncc', { ...LIMITS, bytes: 7 }), {
    blocks: ['aa'],
    truncated: 'only the first 7 bytes were read',
  });
});

test('blocks beyond the limit are not read', () => {
  assert.deepEqual(blocksOf('a\n\nb\n\nc', { ...LIMITS, blocks: 1 }), {
    blocks: ['a'],
    truncated: 'only the first 1 packages were read',
  });
});

test('blocks longer than the limit are left out, whatever comes after them is read', () => {
  const long = 'x'.repeat(3_000_000);
  const { blocks, truncated } = blocksOf(`a\n\n${long}\n${long}\n\n\n\nb\n\n${long}`, {
    ...LIMITS,
    blockLength: 2_000_000,
  });
  assert.deepEqual(blocks, ['a', 'b']);
  assert.match(truncated ?? '', /more than 2000000 characters/);
});

test('lines come whole wherever the file is cut into reads, but for those longer than any', () => {
  const line = fc.oneof(
    fc.constantFrom('', 'a', 'é☃'),
    fc.constant('x'.repeat(600_000)),
    fc.constant('y'.repeat(9000)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 400 }), (lines) => {
      const taken: string[] = [];
      const truncated = eachLine(bufferFile('f', lines.join('\n')), 1 << 30, (one) => taken.push(one));
      const kept = lines.filter(({ length }) => length < 600_000);
      // What comes after the last newline is a line only if it is something.
      assert.deepEqual(taken, lines.at(-1) === '' ? kept.slice(0, -1) : kept);
      assert.equal(truncated !== undefined, kept.length < lines.length);
    }),
    { numRuns: 50 },
  );
});

test('a line that the limit cuts is left out', () => {
  const taken: string[] = [];
  assert.match(eachLine(bufferFile('f', 'aa\nbb\ncc'), 7, (one) => taken.push(one)) ?? '', /first 7 bytes/);
  assert.deepEqual(taken, ['aa', 'bb']);
});

test('relations are taken up to a number of names', () => {
  const relations = relationBudget(3);
  assert.deepEqual([relations.take(() => ['a', 'b']), relations.truncated()], [['a', 'b'], undefined]);
  assert.deepEqual(
    relations.take(() => ['c', 'd']),
    [],
  );
  assert.deepEqual(
    relations.take(() => assert.fail('nothing is read any more')),
    [],
  );
  assert.match(relations.truncated() ?? '', /beyond the first 3/);
});

test('lines are what newlines end', () => {
  assert.deepEqual([...linesOf('a\n\nb')], ['a', '', 'b']);
  assert.deepEqual([...linesOf('a\n')], ['a']);
  assert.deepEqual([...linesOf('')], []);
});

test('claims are gathered by owner, without slashes at the start', () => {
  const files = claimCollector();
  files.add('a', '/x/y');
  files.add('b', 'z');
  files.add('a', '//w');
  for (const path of ['', '/', '///']) files.add('a', path);
  files.add('', '/nobody');
  assert.deepEqual(files.claims(), [
    { owner: 'a', files: ['x/y', 'w'] },
    { owner: 'b', files: ['z'] },
  ]);
  assert.equal(files.truncated(), undefined);
});

test('paths that cannot exist are left out, and those beyond the cap with a word', () => {
  const files = claimCollector(200);
  files.add('a', `/${'x'.repeat(5000)}`);
  for (let at = 0; at < 10; at += 1) files.add('a', `/file-${at}`);
  assert.deepEqual(files.claims(), [{ owner: 'a', files: ['file-0', 'file-1', 'file-2', 'file-3'] }]);
  assert.match(files.truncated() ?? '', /beyond 200 characters/);
});

test('the package of a name comes before those that only provide it', () => {
  const index = providerIndex([
    { name: 'a', provides: ['b', 'shared'] },
    { name: 'b', provides: ['shared'] },
  ]);
  assert.deepEqual(dependencyNames('x', [['b'], ['gone', 'shared'], ['gone'], ['x', 'a']], index), [
    'b',
    'a',
  ]);
  assert.deepEqual(
    dependencyNames('x', [['gone', 'lost']], index, ([first]) => first),
    ['gone'],
  );
});

test('a package does not depend on itself', () => {
  assert.deepEqual(dependencyNames('a', [['a'], ['b']], providerIndex([{ name: 'a', provides: ['b'] }])), []);
});
