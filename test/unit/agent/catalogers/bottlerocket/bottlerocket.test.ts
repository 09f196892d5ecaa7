import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bottlerocket } from '../../../../../agent/catalogers/bottlerocket/index.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PATH = 'usr/share/bottlerocket/application-inventory.json';
const release = { id: 'bottlerocket', idLike: [], versionId: '1.20.0' };

function purlsOf(value: unknown): string[] {
  const { packages = [] } = bottlerocket.parse(bufferFile(PATH, JSON.stringify(value)));
  return packages.map((one) => purlOf(one, release));
}

test('the inventory gives packages with release, epoch and architecture', () => {
  const content = [
    { Name: 'glibc', Publisher: 'Bottlerocket', Version: '2.38', Release: '1.1700', Architecture: 'x86_64' },
    { Name: 'kernel', Version: '6.1', Release: '2', Epoch: '1' },
    { Name: 'bash', Version: '5.2', Epoch: '99999999999' },
    { Version: '1' },
  ];
  assert.deepEqual(purlsOf({ Content: content }), [
    'pkg:rpm/bottlerocket/glibc@2.38-1.1700?arch=x86_64&distro=bottlerocket-1.20.0',
    'pkg:rpm/bottlerocket/kernel@6.1-2?distro=bottlerocket-1.20.0&epoch=1',
    'pkg:rpm/bottlerocket/bash@5.2?distro=bottlerocket-1.20.0',
  ]);
});

test('only the file at its own place counts', () => {
  assert.ok(bottlerocket.candidates.accepts(PATH));
  assert.ok(!bottlerocket.candidates.accepts('application-inventory.json'));
});

test('any JSON gives packages or none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.ok(Array.isArray(purlsOf({ Content: [value] })));
    }),
  );
});
