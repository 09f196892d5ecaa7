import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileAtomically } from '../../../platform/write-file.ts';
import { temporaryFolder } from '../../support/state.ts';

test('a file is replaced whole, for its owner alone', async (context) => {
  const path = join(temporaryFolder(context), 'secret');
  writeFileSync(path, 'old');
  chmodSync(path, 0o644);
  await writeFileAtomically(path, 'new');
  assert.equal(readFileSync(path, 'utf8'), 'new');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('two who write the same file at the same time both succeed, and one of them counts', async (context) => {
  const folder = temporaryFolder(context);
  const path = join(folder, 'plan.json');
  const contents = ['a', 'b'].map((letter) => letter.repeat(100_000));
  await Promise.all(contents.map((content) => writeFileAtomically(path, content)));
  assert.ok(contents.includes(readFileSync(path, 'utf8')));
  assert.deepEqual(readdirSync(folder), ['plan.json']);
});

test('what cannot be put in its place leaves nothing beside it', async (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'taken'));
  await assert.rejects(writeFileAtomically(join(folder, 'taken'), 'x'), { code: 'EISDIR' });
  assert.deepEqual(readdirSync(folder), ['taken']);
});

test('what a process of the same number left behind is not in the way', async (context) => {
  const path = join(temporaryFolder(context), 'node.pem');
  // In a container every agent has the same one.
  writeFileSync(`${path}.${process.pid}.new`, 'torn');
  await writeFileAtomically(path, 'whole');
  assert.equal(readFileSync(path, 'utf8'), 'whole');
});
