import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkOutput, writeDocument } from '../../../../cli/output/document.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-document-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('a document replaces what was there, is readable by all, and leaves nothing else', async () => {
  const place = join(folder, 'place');
  mkdirSync(place);
  const file = join(place, 'sbom.json');
  writeFileSync(file, 'what was there before', { mode: 0o600 });
  await writeDocument('new', file);
  assert.equal(readFileSync(file, 'utf8'), 'new');
  assert.equal(statSync(file).mode & 0o777, 0o644);
  assert.deepEqual(readdirSync(place), ['sbom.json']);
});

test('a link stays, and what it leads to is replaced', async () => {
  writeFileSync(join(folder, 'real.json'), '');
  symlinkSync('real.json', join(folder, 'link.json'));
  await writeDocument('new', join(folder, 'link.json'));
  assert.ok(lstatSync(join(folder, 'link.json')).isSymbolicLink());
  assert.equal(readFileSync(join(folder, 'real.json'), 'utf8'), 'new');
});

test('a device is written to and not replaced', async () => {
  await writeDocument('new', '/dev/null');
  assert.ok(statSync('/dev/null').isCharacterDevice());
  await assert.rejects(writeDocument('new', '/dev/full'), {
    exitCode: 1,
    message: 'cannot write /dev/full: the disk is full',
  });
});

test('where nothing can be written is known beforehand', () => {
  assert.throws(() => checkOutput(join(folder, 'nowhere/x')), {
    exitCode: 3,
    message: /its folder does not exist$/,
  });
  assert.throws(() => checkOutput(folder), { exitCode: 2, message: /which is a folder/ });
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => checkOutput(join(folder, 'file/x')), { message: /it is not in a folder$/ });
  for (const fine of [undefined, '-', join(folder, 'new.json'), '/dev/null']) {
    assert.doesNotThrow(() => checkOutput(fine));
  }
});
