import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dpkg } from '../../../../../agent/catalogers/dpkg/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

test('candidates are the database, its journal, the single paragraphs and the file lists, wherever they may lie', () => {
  const wanted = {
    'var/lib/dpkg/status': true,
    'var/lib/dpkg/status.d/libc6': true,
    'var/lib/dpkg/status.d/libpython3.11-minimal': true,
    'var/lib/dpkg/status.d/libc6.md5sums': true,
    'var/lib/dpkg/status.d/libc6.postinst': false,
    'var/lib/dpkg/info/libc6:amd64.list': true,
    'var/lib/dpkg/info/libc6:amd64.md5sums': false,
    'var/lib/dpkg/info/libc6:amd64.postinst': false,
    'var/lib/dpkg/status-old': false,
    'var/lib/dpkg/updates/0001': true,
    'var/lib/dpkg/updates/tmp.i': false,
    'var/lib/dpkg': false,
    'var/lib/dpkg/status.d/a/b': false,
    // Only merging can tell whether a link leads there.
    'opt/state/status': true,
    'opt/state/info/libc6.list': true,
    'usr/lib/opkg/status': false,
    'usr/lib/opkg/info/libc6.list': false,
  };
  for (const [path, expected] of Object.entries(wanted)) {
    assert.equal(dpkg.candidates.accepts(path), expected, path);
  }
});

test('a list claims files and links, not the directories that hold them', () => {
  const list = ['/.', '/etc', '/etc/app.conf', '/usr', '/usr/bin', '/usr/bin/app', '/var', '/var/empty', ''];
  const { claims } = dpkg.parse(bufferFile('var/lib/dpkg/info/app:amd64.list', list.join('\n')));
  assert.deepEqual(claims, [{ owner: 'app', files: ['etc/app.conf', 'usr/bin/app', 'var/empty'] }]);
});

test('a package without files claims nothing', () => {
  assert.deepEqual(dpkg.parse(bufferFile('var/lib/dpkg/info/meta.list', '/.\n')).claims, []);
});

test('digests beside a paragraph claim files for the package that the paragraph names', () => {
  const sums = [
    'd41d8cd98f00b204e9800998ecf8427e  usr/lib/x y.so',
    `${'a'.repeat(64)} *./usr/bin/z`,
    'broken line',
    '',
  ];
  const file = bufferFile('var/lib/dpkg/status.d/libssl3.md5sums', sums.join('\n'), {
    siblings: { libssl3: 'Package: libssl3.1\nVersion: 1\n' },
  });
  assert.deepEqual(dpkg.companions?.(file.path), ['libssl3']);
  assert.deepEqual(dpkg.parse(file).claims, [{ owner: 'libssl3.1', files: ['usr/lib/x y.so', 'usr/bin/z'] }]);
});

test('digests without a paragraph beside them claim files for the package that they are named after', () => {
  const file = bufferFile('var/lib/dpkg/status.d/base-files.md5sums', 'abc  etc/debian_version');
  assert.deepEqual(dpkg.parse(file).claims, [{ owner: 'base-files', files: ['etc/debian_version'] }]);
});

test('any bytes give claims or none', () => {
  const list = Buffer.from('/.\n/usr\n/usr/bin\n/usr/bin/app\n');
  const sums = Buffer.from('d41d8cd98f00b204e9800998ecf8427e  usr/lib/x\n');
  fc.assert(
    fc.property(hostileBytes(list, sums), (bytes) => {
      assertSurvives(dpkg, 'var/lib/dpkg/info/app.list', bytes);
      assertSurvives(dpkg, 'var/lib/dpkg/status.d/app.md5sums', bytes, { siblings: { app: bytes } });
    }),
  );
});
