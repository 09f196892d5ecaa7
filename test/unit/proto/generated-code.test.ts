import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { containerd } from '../../../proto/generated/containerd.js';

const root = new URL('../../../proto/', import.meta.url).pathname;

const names = (await readdir(join(root, 'generated')))
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length));

for (const name of names) {
  test(`the code generated from proto/${name} is of these protos`, async () => {
    const files = (await readdir(join(root, name), { recursive: true })).filter((file) =>
      file.endsWith('.proto'),
    );
    const digest = createHash('sha256');
    for (const file of files.toSorted()) digest.update(await readFile(join(root, name, file)));
    const code = await readFile(join(root, 'generated', `${name}.js`), 'utf8');
    const expected = `// From protos with SHA-256 ${digest.digest('hex')}`;
    assert.equal(code.slice(0, code.indexOf('\n')), expected, 'run scripts/generate-protos');
  });
}

test('64-bit integers are numbers, set or not', () => {
  const { Descriptor } = containerd.types;
  const size = 2 ** 40 + 1;
  assert.equal(Descriptor.decode(Descriptor.encode({ size }).finish()).size, size);
  assert.equal(Descriptor.decode(new Uint8Array()).size, 0);
});
