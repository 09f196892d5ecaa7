import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePlatform, refuseStrayFlags } from '../../../../cli/scan/scan-options.ts';
import { parseTarget } from '../../../../cli/scan/target.ts';

test('a target is a kind and what stands behind its first colon', () => {
  assert.deepEqual(parseTarget('dir:/a:b'), { text: 'dir:/a:b', kind: 'dir', subject: '/a:b' });
  assert.equal(parseTarget('containerd:docker.io/library/redis:7').subject, 'docker.io/library/redis:7');
  assert.equal(parseTarget('docker-archive:image.tar').kind, 'docker-archive');
});

test('what is no target is refused with those there are', () => {
  const kinds =
    'a target is one of dir:PATH, docker-archive:FILE, oci-archive:FILE, oci-layout:DIR, containerd:NAME, docker:NAME';
  assert.throws(() => parseTarget('redis:7'), { exitCode: 2, message: `"redis:7" is no target; ${kinds}` });
  assert.throws(() => parseTarget('constructor:x'), { exitCode: 2 });
  assert.throws(() => parseTarget('image.tar'), { exitCode: 2 });
  assert.throws(() => parseTarget('oci-archve:x'), { message: /did you mean oci-archive:\?/ });
});

test('a kind with nothing behind it is refused with how to write it', () => {
  for (const text of ['dir:', 'dir']) {
    assert.throws(() => parseTarget(text), {
      exitCode: 2,
      message: `"${text}" names nothing; write dir:PATH`,
    });
  }
});

test('a platform has two or three parts', () => {
  assert.deepEqual(parsePlatform('linux/arm64'), { os: 'linux', architecture: 'arm64' });
  assert.deepEqual(parsePlatform('linux/arm/v7'), { os: 'linux', architecture: 'arm', variant: 'v7' });
  for (const wrong of ['arm64', 'linux/', 'linux/arm/v7/x', 'Linux/arm64', '']) {
    assert.throws(() => parsePlatform(wrong), { exitCode: 2, message: /must be os\/arch/ }, wrong);
  }
});

test('a flag that means nothing for a target is refused', () => {
  const folder = parseTarget('dir:/x');
  assert.throws(() => refuseStrayFlags(folder, { namespace: 'x' }), {
    exitCode: 2,
    message: '--namespace means nothing for dir:, only for containerd:',
  });
  assert.throws(() => refuseStrayFlags(parseTarget('docker:x'), { platform: 'linux/arm64' }), {
    exitCode: 2,
  });
  assert.doesNotThrow(() => refuseStrayFlags(folder, { format: 'json', image: undefined }));
  assert.doesNotThrow(() => refuseStrayFlags(parseTarget('containerd:x'), { namespace: 'x', address: '/x' }));
});
