import assert from 'node:assert/strict';
import { test } from 'node:test';
import { candidateNames, matchPackage, searchRow } from '../../../../collector/store/package-search.ts';
import type { OsRelease, PackageRecord } from '../../../../core/facts.ts';
import { purlOf } from '../../../../core/purl.ts';
import { parseQuery } from '../../../../core/version-range.ts';

const rocky: OsRelease = { id: 'rocky', idLike: ['rhel'], versionId: '9.3' };

/** How a question matches a record, by way of the names it is looked up under. */
function matched(question: string, record: PackageRecord, release?: OsRelease): string | undefined {
  const query = parseQuery(question);
  const row = searchRow(purlOf(record, release), record);
  const names = candidateNames(query);
  if (!names.includes(row.searchName) && !names.includes(row.sourceName ?? '')) return undefined;
  return matchPackage(query, row)?.matchedBy;
}

test('versions are compared as the ecosystem does, at the precision of the question', () => {
  const deb: PackageRecord = {
    type: 'deb',
    name: 'openssl',
    version: '1:3.0.11-1~deb12u2',
    architecture: 'amd64',
  };
  const rpm: PackageRecord = {
    type: 'rpm',
    name: 'openssl-libs',
    version: '3.0.7-27.el9',
    epoch: 1,
    source: { name: 'openssl', version: '3.0.7-27.el9' },
  };
  const npm: PackageRecord = { type: 'npm', namespace: '@scope', name: 'name', version: '4.17.9' };
  const pypi: PackageRecord = { type: 'pypi', name: 'Zope.Interface', version: '5.10rc1' };
  const golang: PackageRecord = { type: 'golang', namespace: 'golang.org/x', name: 'net', version: 'v0.9.0' };
  const apk: PackageRecord = { type: 'apk', name: 'busybox', version: '1.36.1-r15' };
  for (const [question, record, expected, release] of [
    ['openssl <=3.0.11', deb, 'name'],
    ['openssl <3.0.11', deb, undefined],
    ['openssl@1:3.0.11-1~deb12u2', deb, 'name'],
    ['pkg:deb/debian/openssl', deb, 'name'],
    ['pkg:deb/debian/openssl?arch=arm64', deb, undefined],
    ['openssl-libs >=1:3.0.7', rpm, 'name', rocky],
    ['openssl-libs <3.0.7-28', rpm, 'name', rocky],
    ['openssl <3.0.8', rpm, 'source', rocky],
    ['openssl <3.0.7', rpm, undefined, rocky],
    ['pkg:rpm/rocky/openssl-libs@3.0.7-27.el9', rpm, 'name', rocky],
    ['@scope/name <4.17.10', npm, 'name'],
    ['name', npm, undefined],
    ['pkg:npm/%40scope/name@4.17.9', npm, 'name'],
    ['zope_interface <5.10', pypi, 'name'],
    ['zope-interface >=5.10', pypi, undefined],
    ['golang.org/x/net <v0.17.0', golang, 'name'],
    ['busybox >=1.36.1 <1.37', apk, 'name'],
    ['busybox <1.36.1-r15', apk, undefined],
  ] as const) {
    assert.equal(matched(question, record, release), expected, question);
  }
});
