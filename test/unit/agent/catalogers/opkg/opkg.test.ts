import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { opkg } from '../../../../../agent/catalogers/opkg/index.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const DIRECTORY = 'usr/lib/opkg';

const STATUS = `Package: busybox
Version: 1.36.1-1
Depends: libc, missing (>= 1.2)
Status: install hold installed
Essential: yes
Architecture: x86_64
Conffiles:
 /etc/syslog.conf d41d8cd98f00b204e9800998ecf8427e
Installed-Time: 1711540962

Package: libc
Version: 1.2.4-4
Status: install user installed
Architecture: x86_64
Auto-Installed: yes

Package: gone
Version: 1
Status: deinstall ok not-installed
Architecture: x86_64
`;

const CONTROL = `Package: busybox
Version: 1.36.1-1
Depends: libc, libubox20230523
Source: package/utils/busybox
SourceName: busybox-default
License: GPL-2.0
Maintainer: Someone <someone@example.org>
Architecture: x86_64
CPE-ID: cpe:/a:busybox:busybox
Description:  The Swiss Army Knife of embedded Linux.
`;

function parse(path: string, text: string) {
  return opkg.parse(bufferFile(`${DIRECTORY}/${path}`, text));
}

test('the database lists what is installed', () => {
  assert.deepEqual(parse('status', STATUS).packages, [
    {
      type: 'opkg',
      name: 'busybox',
      version: '1.36.1-1',
      architecture: 'x86_64',
      dependencies: ['libc', 'missing'],
    },
    { type: 'opkg', name: 'libc', version: '1.2.4-4', architecture: 'x86_64' },
  ]);
});

test('what a package says of itself has its license and source', () => {
  assert.deepEqual(parse('info/busybox.control', CONTROL).packages, [
    {
      type: 'opkg',
      name: 'busybox',
      version: '1.36.1-1',
      architecture: 'x86_64',
      source: { name: 'busybox-default', version: '1.36.1-1' },
      licenses: ['GPL-2.0'],
      vendor: 'Someone <someone@example.org>',
      dependencies: ['libc', 'libubox20230523'],
    },
  ]);
  assert.deepEqual(parse('info/busybox.control', 'Package: a\n'), {});
});

test('the database and what a package says of itself give one purl', () => {
  const [listed] = parse('status', STATUS).packages ?? [];
  const [stated] = parse('info/busybox.control', CONTROL).packages ?? [];
  assert.ok(listed && stated);
  assert.equal(purlOf(listed, undefined), purlOf(stated, undefined));
});

test('files are claimed, with or without a mode after them', () => {
  const list = '/bin/busybox\n/etc/\n/bin/ash\t0120777\tbusybox\n\nnonsense\n';
  assert.deepEqual(parse('info/busybox.list', list), {
    claims: [{ owner: 'busybox', files: ['bin/busybox', 'bin/ash'] }],
  });
});

test("candidates are the files of a database, wherever it may lie, but not of one that is dpkg's", () => {
  const paths = [`${DIRECTORY}/status`, 'var/lib/opkg/status', 'opt/state/info/a.b.list'];
  const others = ['var/lib/dpkg/status', 'srv/root/var/lib/dpkg/info/a.list', `${DIRECTORY}/info/a.postinst`];
  assert.ok(paths.every((path) => opkg.candidates.accepts(path)));
  assert.ok(!others.some((path) => opkg.candidates.accepts(path)));
});

test('any bytes give packages or none', () => {
  fc.assert(
    fc.property(hostileBytes(Buffer.from(STATUS), Buffer.from(CONTROL)), (bytes) => {
      for (const path of ['status', 'info/a.control', 'info/a.list'])
        assertSurvives(opkg, `${DIRECTORY}/${path}`, bytes);
    }),
  );
});
