import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { osRelease } from '../../../../../agent/catalogers/os-release/index.ts';
import type { OsRelease } from '../../../../../core/facts.ts';
import { RELEASE_PLACES } from '../../../../../core/release-places.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

function releaseOf(name: string, text: string): OsRelease | undefined {
  return osRelease.parse(bufferFile(`etc/${name}`, text)).release;
}

/** What the files of real releases hold. */
const LINES: readonly (readonly [name: string, line: string, release: string])[] = [
  ['centos-release', 'CentOS release 5.11 (Final)', 'centos 5'],
  ['redhat-release', 'CentOS release 6.10 (Final)', 'centos 6'],
  ['centos-release', 'CentOS Linux release 7.9.2009 (Core)', 'centos 7'],
  ['centos-release', 'CentOS Stream release 8', 'centos 8'],
  ['redhat-release', 'Red Hat Enterprise Linux Server release 6.10 (Santiago)', 'rhel 6.10'],
  ['redhat-release', 'Red Hat Enterprise Linux AS release 4 (Nahant Update 9)', 'rhel 4'],
  ['redhat-release', 'Red Hat Enterprise Linux release 8.10 (Ootpa)', 'rhel 8.10'],
  ['fedora-release', 'Fedora release 20 (Heisenbug)', 'fedora 20'],
  ['redhat-release', 'Fedora Core release 6 (Zod)', 'fedora 6'],
  ['oracle-release', 'Oracle Linux Server release 6.10', 'ol 6.10'],
  ['redhat-release', 'Scientific Linux release 6.10 (Carbon)', 'scientific 6.10'],
  ['system-release', 'Amazon Linux AMI release 2018.03', 'amzn 2018.03'],
  ['system-release', 'Amazon Linux release 2 (Karoo)', 'amzn 2'],
  ['alpine-release', '3.1.4', 'alpine 3.1.4'],
  ['alpine-release', '3.20.0_alpha20240329', 'alpine 3.20.0_alpha20240329'],
  ['debian_version', '8.11', 'debian 8'],
  ['debian_version', '6.0.10', 'debian 6'],
  ['debian_version', 'trixie/sid', 'debian trixie'],
];

for (const [name, line, expected] of LINES) {
  test(`${name} with "${line}" is ${expected}`, () => {
    const release = releaseOf(name, `${line}\n`);
    assert.equal(`${release?.id} ${release?.versionId ?? release?.versionCodename}`, expected);
  });
}

test('lsb-release is read as a shell does', () => {
  const text =
    'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_CODENAME=precise\nDISTRIB_DESCRIPTION="Ubuntu 12.04.5 LTS"\n';
  assert.deepEqual(releaseOf('lsb-release', text), {
    id: 'ubuntu',
    idLike: [],
    versionId: '12.04',
    versionCodename: 'precise',
    prettyName: 'Ubuntu 12.04.5 LTS',
  });
  assert.deepEqual(releaseOf('lsb-release', 'DISTRIB_ID=Arch\nDISTRIB_RELEASE=rolling\n'), {
    id: 'arch',
    idLike: [],
  });
});

/** What says nothing that could be relied on. */
const NOTHING: readonly (readonly [name: string, text: string])[] = [
  ['redhat-release', ''],
  ['redhat-release', 'Red Hat Enterprise Linux'],
  ['redhat-release', 'My Linux release 1.0'],
  ['redhat-release', 'Not CentOS release 6.10 (Final)'],
  ['redhat-release', 'CentOS release 6.10 (Final)\nKernel \\r on an \\m\n'],
  ['system-release', 'CentOS release six'],
  ['alpine-release', 'edge'],
  ['alpine-release', 'v3.1.4'],
  ['debian_version', 'kali-rolling'],
  ['debian_version', '12.11 and more'],
  ['lsb-release', 'LSB_VERSION=base-4.0-amd64:base-4.0-noarch\n'],
  ['lsb-release', 'DISTRIB_ID="My own"\nDISTRIB_RELEASE=1\n'],
  ['lsb-release', 'DISTRIB_ID=Ubuntu\n'],
];

for (const [name, text] of NOTHING) {
  test(`${name} with ${JSON.stringify(text)} says nothing`, () => {
    assert.deepEqual(osRelease.parse(bufferFile(`etc/${name}`, text)), {});
  });
}

test('any bytes in any of the files give a release or none', () => {
  const seeds = [...LINES.map(([, line]) => line), 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\n'];
  const bytes = hostileBytes(...seeds.map((text) => Buffer.from(text)));
  fc.assert(
    fc.property(fc.constantFrom(...RELEASE_PLACES), bytes, (path, content) => {
      assertSurvives(osRelease, path, content);
    }),
    { numRuns: 2000 },
  );
});
