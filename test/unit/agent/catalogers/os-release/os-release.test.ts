import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { osRelease } from '../../../../../agent/catalogers/os-release/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

function releaseOf(text: string) {
  return osRelease.parse(bufferFile('usr/lib/os-release', text)).release;
}

test('the fields that matter are read, with every way of quoting', () => {
  const text = [
    '# a comment',
    '',
    'NAME="Red Hat Enterprise Linux"',
    "VERSION='9.4 (Plow)'",
    'ID="rhel"',
    'ID_LIKE="fedora  centos"',
    'VERSION_ID=9.4',
    'VARIANT_ID=container',
    'PRETTY_NAME="Say \\"9.4\\" for \\$5 \\\\o/ \\x"',
    'VERSION_CODENAME=plow\\ ed',
    "CPE_NAME='cpe:/o:redhat:enterprise_linux:9::baseos'",
    'not an assignment',
  ].join('\n');
  assert.deepEqual(releaseOf(text), {
    id: 'rhel',
    idLike: ['fedora', 'centos'],
    versionId: '9.4',
    versionCodename: 'plow ed',
    prettyName: 'Say "9.4" for $5 \\o/ \\x',
    variantId: 'container',
    cpeName: 'cpe:/o:redhat:enterprise_linux:9::baseos',
  });
});

test('what is missing or empty is absent, and the ID is linux then', () => {
  assert.deepEqual(releaseOf('VERSION_ID=""\nID=\n'), { id: 'linux', idLike: [] });
});

test('the last of several assignments counts', () => {
  assert.equal(releaseOf('ID=debian\nID=ubuntu')?.id, 'ubuntu');
});

test('a comment may follow a value, after a blank', () => {
  const release = releaseOf('ID=yes # "not" that\nVERSION_ID=1#2\nPRETTY_NAME=a\\ #b\nVARIANT_ID="c # d"\n');
  assert.equal(release?.id, 'yes');
  assert.equal(release?.versionId, '1#2');
  assert.equal(release?.prettyName, 'a #b');
  assert.equal(release?.variantId, 'c # d');
});

test('a file that assigns nothing has no release', () => {
  assert.equal(releaseOf(''), undefined);
  assert.equal(releaseOf('# nothing\n'), undefined);
});

test('only places at the root are candidates', () => {
  assert.deepEqual(
    [
      'etc/os-release',
      'usr/lib/os-release',
      'etc/debian_version',
      'opt/chroot/etc/os-release',
      'usr/share/os-release',
      'usr/lib/debian_version',
    ].map((path) => osRelease.candidates.accepts(path)),
    [true, true, true, false, false, false],
  );
});

test('a file that is far too long is read in part, and says so', () => {
  const { release, truncated } = osRelease.parse(
    bufferFile('etc/os-release', `ID=debian\n#${'x'.repeat(70_000)}\nID=other`),
  );
  assert.equal(release?.id, 'debian');
  assert.match(truncated ?? '', /65536 bytes/);
});

test('any bytes give a release or none', () => {
  const seed = Buffer.from('NAME="Debian \\"x\\""\nID=debian\nVERSION_ID=\'12\'\n');
  fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(osRelease, 'etc/os-release', bytes)));
});
