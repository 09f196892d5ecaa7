import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cos } from '../../../../../agent/catalogers/cos/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PATH = 'etc/cos-package-info.json';

function packagesOf(value: unknown) {
  return cos.parse(bufferFile(PATH, JSON.stringify(value))).packages;
}

test('what is installed is listed under its category and revision; what built it is not there', () => {
  const found = packagesOf({
    installedPackages: [
      { category: 'app-arch', name: 'gzip', version: '1.9', ebuild_version: '1.9-r2', revision: '2' },
      { category: 'dev-libs', name: 'popt', version: '1.16' },
      { name: 'nothing' },
    ],
    buildTimePackages: [{ category: 'virtual', name: 'rust', version: '1' }],
  });
  assert.deepEqual(found, [
    { type: 'ebuild', namespace: 'app-arch', name: 'gzip', version: '1.9-r2' },
    { type: 'ebuild', namespace: 'dev-libs', name: 'popt', version: '1.16' },
  ]);
});

test('only the file at its own place counts', () => {
  assert.ok(cos.candidates.accepts(PATH));
  assert.ok(!cos.candidates.accepts(`srv/${PATH}`));
});

test('any JSON gives packages or none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.ok(Array.isArray(packagesOf(value)));
    }),
  );
});
