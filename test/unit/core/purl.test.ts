import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OsRelease, PackageRecord } from '../../../core/facts.ts';
import { comparableName, formatPurl, matchesPurl, parsePurl, purlOf, PurlError } from '../../../core/purl.ts';
import type { Purl } from '../../../core/purl.ts';

/**
 * Representative cases, one a rule, after the conformance suite of package-url/purl-spec
 * (tests/spec and tests/types, MIT): as written, in parts, and in canonical form where that differs.
 */
const specified: readonly (readonly [string, Purl, string?])[] = [
  [
    'pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64',
    {
      type: 'deb',
      namespace: 'debian',
      name: 'attr',
      version: '1:2.4.47-2+b1',
      qualifiers: { arch: 'amd64' },
    },
  ],
  [
    'pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie',
    {
      type: 'deb',
      namespace: 'debian',
      name: 'curl',
      version: '7.50.3-1',
      qualifiers: { arch: 'i386', distro: 'jessie' },
    },
  ],
  [
    'pkg:Rpm/Fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25',
    {
      type: 'rpm',
      namespace: 'fedora',
      name: 'curl',
      version: '7.50.3-1.fc25',
      qualifiers: { arch: 'i386', distro: 'fedora-25' },
    },
    'pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25',
  ],
  [
    'pkg:rpm/centerim@4.22.10-1.el6?arch=i686&epoch=1&distro=fedora-25',
    {
      type: 'rpm',
      name: 'centerim',
      version: '4.22.10-1.el6',
      qualifiers: { arch: 'i686', distro: 'fedora-25', epoch: '1' },
    },
    'pkg:rpm/centerim@4.22.10-1.el6?arch=i686&distro=fedora-25&epoch=1',
  ],
  [
    'pkg:rpm/fedora/ImageMagick@7',
    { type: 'rpm', namespace: 'fedora', name: 'ImageMagick', version: '7', qualifiers: {} },
  ],
  [
    'pkg:apk/alpine/libcrypto3@3.5.5-r0?arch=x86_64&distro=alpine-edge&upstream=openssl',
    {
      type: 'apk',
      namespace: 'alpine',
      name: 'libcrypto3',
      version: '3.5.5-r0',
      qualifiers: { arch: 'x86_64', distro: 'alpine-edge', upstream: 'openssl' },
    },
  ],
  [
    'pkg:npm/%40angular/animation@12.3.1',
    { type: 'npm', namespace: '@angular', name: 'animation', version: '12.3.1', qualifiers: {} },
  ],
  [
    'pkg:npm/@babel/core#/googleapis/api/annotations/',
    { type: 'npm', namespace: '@babel', name: 'core', qualifiers: {}, subpath: 'googleapis/api/annotations' },
    'pkg:npm/%40babel/core#googleapis/api/annotations',
  ],
  [
    'pkg:npm/@angular/animation@12.3.1',
    { type: 'npm', namespace: '@angular', name: 'animation', version: '12.3.1', qualifiers: {} },
    'pkg:npm/%40angular/animation@12.3.1',
  ],
  [
    'pkg:npm/LoDash@4.17.21',
    { type: 'npm', name: 'lodash', version: '4.17.21', qualifiers: {} },
    'pkg:npm/lodash@4.17.21',
  ],
  [
    'pkg:npm/mypackage@12.4.5?vcs_url=git://host.com/path/to/repo.git%404345abcd34343',
    {
      type: 'npm',
      name: 'mypackage',
      version: '12.4.5',
      qualifiers: { vcs_url: 'git://host.com/path/to/repo.git@4345abcd34343' },
    },
    'pkg:npm/mypackage@12.4.5?vcs_url=git:%2F%2Fhost.com%2Fpath%2Fto%2Frepo.git%404345abcd34343',
  ],
  [
    'pkg:PYPI/Django_package@1.11.1.dev1',
    { type: 'pypi', name: 'django-package', version: '1.11.1.dev1', qualifiers: {} },
    'pkg:pypi/django-package@1.11.1.dev1',
  ],
  [
    'pkg:pypi/zope.interface@5.5RC1',
    { type: 'pypi', name: 'zope-interface', version: '5.5rc1', qualifiers: {} },
    'pkg:pypi/zope-interface@5.5rc1',
  ],
  [
    'pkg:GOLANG/google.golang.org/genproto@abcdedf#/googleapis/api/annotations/',
    {
      type: 'golang',
      namespace: 'google.golang.org',
      name: 'genproto',
      version: 'abcdedf',
      qualifiers: {},
      subpath: 'googleapis/api/annotations',
    },
    'pkg:golang/google.golang.org/genproto@abcdedf#googleapis/api/annotations',
  ],
  [
    'pkg:golang/github.com/Masterminds/semver@v1.5.0%2Bincompatible',
    {
      type: 'golang',
      namespace: 'github.com/masterminds',
      name: 'semver',
      version: 'v1.5.0+incompatible',
      qualifiers: {},
    },
    'pkg:golang/github.com/masterminds/semver@v1.5.0%2Bincompatible',
  ],
  ['pkg:golang/stdlib@1.22.1', { type: 'golang', name: 'stdlib', version: '1.22.1', qualifiers: {} }],
  [
    'pkg:generic/openssl@1.1.10g?download_url=https://openssl.org/openssl-1.1.0g.tar.gz&checksum=sha256:de4d501267da',
    {
      type: 'generic',
      name: 'openssl',
      version: '1.1.10g',
      qualifiers: {
        checksum: 'sha256:de4d501267da',
        download_url: 'https://openssl.org/openssl-1.1.0g.tar.gz',
      },
    },
    'pkg:generic/openssl@1.1.10g?checksum=sha256:de4d501267da&download_url=https:%2F%2Fopenssl.org%2Fopenssl-1.1.0g.tar.gz',
  ],
  [
    'pkg:generic/bitwarderl?checksum=sha1:ad9503c3e994a4f%2Csha256:41bf9088b3a1e6c1ef1d',
    {
      type: 'generic',
      name: 'bitwarderl',
      qualifiers: { checksum: 'sha1:ad9503c3e994a4f,sha256:41bf9088b3a1e6c1ef1d' },
    },
  ],
  [
    'pkg:gem/jruby-launcher@1.1.2?Platform=java',
    { type: 'gem', name: 'jruby-launcher', version: '1.1.2', qualifiers: { platform: 'java' } },
    'pkg:gem/jruby-launcher@1.1.2?platform=java',
  ],
  [
    'pkg:///maven/HTTPClient/HTTPClient@0.3-3?classifier=sources&repositorY_url=repo.spring.io',
    {
      type: 'maven',
      namespace: 'HTTPClient',
      name: 'HTTPClient',
      version: '0.3-3',
      qualifiers: { classifier: 'sources', repository_url: 'repo.spring.io' },
    },
    'pkg:maven/HTTPClient/HTTPClient@0.3-3?classifier=sources&repository_url=repo.spring.io',
  ],
  [
    'pkg:maven/mygroup/myartifact@1.0.0%20Final?mykey=my%20value',
    {
      type: 'maven',
      namespace: 'mygroup',
      name: 'myartifact',
      version: '1.0.0 Final',
      qualifiers: { mykey: 'my value' },
    },
  ],
  ['pkg:cargo/rand@0.7.2', { type: 'cargo', name: 'rand', version: '0.7.2', qualifiers: {} }],
  [
    'pkg:nuget/EnterpriseLibrary.Common@6.0.1304',
    { type: 'nuget', name: 'EnterpriseLibrary.Common', version: '6.0.1304', qualifiers: {} },
  ],
  [
    'pkg:composer/Laravel/Laravel@5.5.0',
    { type: 'composer', namespace: 'laravel', name: 'laravel', version: '5.5.0', qualifiers: {} },
    'pkg:composer/laravel/laravel@5.5.0',
  ],
];

for (const [text, parts, canonical] of specified) {
  test(`reads and writes ${text}`, () => {
    assert.deepEqual(parsePurl(text), parts);
    assert.equal(formatPurl(parts), canonical ?? text);
  });
}

const refused: readonly (readonly [string, PurlError['code']])[] = [
  ['EnterpriseLibrary.Common@6.0.1304', 'scheme'],
  ['pkg%3Amaven/org.apache.commons/io', 'scheme'],
  ['pkg:EnterpriseLibrary.Common@6.0.1304', 'type'],
  ['pkg:3nginx/nginx@0.8.9', 'type'],
  ['pkg:nginx:a/nginx@0.8.9', 'type'],
  ['pkg:n&g?inx/nginx@0.8.9', 'type'],
  ['pkg:maven/@1.3.4', 'name'],
  ['pkg:npm/', 'name'],
  ['pkg:npm/myartifact@1.0.0?in%20production=true', 'qualifier'],
  ['pkg:npm/myartifact@1.0.0?production', 'qualifier'],
  ['pkg:npm/myartifact@1.0.0?__proto__=true', 'qualifier'],
  ['pkg:npm/a?arch=x&Arch=y', 'qualifier'],
  ['pkg:npm/a%zz', 'encoding'],
  ['pkg:npm/%ff', 'encoding'],
  ['pkg:golang/github.com%2Fgorilla/context', 'encoding'],
];

for (const [text, code] of refused) {
  test(`refuses ${text}: ${code}`, () => {
    assert.throws(
      () => parsePurl(text),
      (error) => error instanceof PurlError && error.code === code && error.message.length > 20,
    );
  });
}

const bookworm: OsRelease = { id: 'debian', idLike: [], versionId: '12', versionCodename: 'bookworm' };

function release(id: string, versionId?: string): OsRelease {
  return { id, idLike: [], ...(versionId !== undefined && { versionId }) };
}

const records: readonly (readonly [string, PackageRecord, OsRelease | undefined, string])[] = [
  [
    'a deb keeps its epoch in the version and names its source',
    {
      type: 'deb',
      name: 'libattr1',
      version: '1:2.5.1-4+b1',
      architecture: 'amd64',
      source: { name: 'attr', version: '1:2.5.1-4' },
    },
    bookworm,
    'pkg:deb/debian/libattr1@1:2.5.1-4%2Bb1?arch=amd64&distro=debian-12&upstream=attr%401:2.5.1-4',
  ],
  [
    'a source of the same version is named without it',
    {
      type: 'deb',
      name: 'libssl3',
      version: '3.0.11-1~deb12u2',
      source: { name: 'openssl', version: '3.0.11-1~deb12u2' },
    },
    bookworm,
    'pkg:deb/debian/libssl3@3.0.11-1~deb12u2?distro=debian-12&upstream=openssl',
  ],
  [
    'a source of the same name and version is not named',
    { type: 'deb', name: 'bash', version: '5.2.15-2', source: { name: 'bash' } },
    bookworm,
    'pkg:deb/debian/bash@5.2.15-2?distro=debian-12',
  ],
  [
    'a derivative is its own vendor',
    { type: 'deb', name: 'bash', version: '5' },
    release('Raspbian', '11'),
    'pkg:deb/raspbian/bash@5?distro=Raspbian-11',
  ],
  [
    'a release without a number is named by its codename',
    { type: 'deb', name: 'bash', version: '5' },
    { id: 'debian', idLike: [], versionCodename: 'trixie' },
    'pkg:deb/debian/bash@5?distro=debian-trixie',
  ],
  ['deb without os-release', { type: 'deb', name: 'bash', version: '5' }, undefined, 'pkg:deb/debian/bash@5'],
  [
    'apk without os-release',
    { type: 'apk', name: 'zlib', version: '1.3-r0' },
    undefined,
    'pkg:apk/alpine/zlib@1.3-r0',
  ],
  ['rpm without os-release', { type: 'rpm', name: 'zlib', version: '1-1' }, undefined, 'pkg:rpm/zlib@1-1'],
  [
    'an apk of Wolfi',
    { type: 'apk', name: 'zlib', version: '1.3-r0', architecture: 'x86_64', source: { name: 'zlib' } },
    release('wolfi', '20230201'),
    'pkg:apk/wolfi/zlib@1.3-r0?arch=x86_64&distro=wolfi-20230201',
  ],
  [
    'an rpm of RHEL has redhat as vendor and keeps an epoch of zero',
    { type: 'rpm', name: 'bash', version: '5.1.8-9.el9', epoch: 0, architecture: 'x86_64' },
    release('rhel', '9.4'),
    'pkg:rpm/redhat/bash@5.1.8-9.el9?arch=x86_64&distro=rhel-9.4&epoch=0',
  ],
  [
    'an rpm of openSUSE Leap',
    { type: 'rpm', name: 'bash', version: '4.4-1' },
    release('opensuse-leap', '15.6'),
    'pkg:rpm/opensuse/bash@4.4-1?distro=opensuse-leap-15.6',
  ],
  [
    'a Go module is folded to lower case, its subdirectories stay in the namespace',
    {
      type: 'golang',
      namespace: 'github.com/Azure/go-autorest',
      name: 'autorest',
      version: 'v14.2.0+incompatible',
    },
    bookworm,
    'pkg:golang/github.com/azure/go-autorest/autorest@v14.2.0%2Bincompatible',
  ],
  [
    'the Go standard library',
    { type: 'golang', name: 'stdlib', version: '1.22.1' },
    bookworm,
    'pkg:golang/stdlib@1.22.1',
  ],
  ['an unknown version', { type: 'golang', name: 'hello', version: '' }, bookworm, 'pkg:golang/hello'],
  [
    'a scoped npm package',
    { type: 'npm', namespace: '@types', name: 'node', version: '24.0.1' },
    bookworm,
    'pkg:npm/%40types/node@24.0.1',
  ],
  [
    'a Python package',
    { type: 'pypi', name: 'Typing_Extensions', version: '4.1' },
    bookworm,
    'pkg:pypi/typing-extensions@4.1',
  ],
  [
    'a jar with its coordinates',
    { type: 'maven', namespace: 'com.google.guava', name: 'guava', version: '31.1-jre' },
    bookworm,
    'pkg:maven/com.google.guava/guava@31.1-jre',
  ],
  [
    'a jar of unknown group is told from others by its bytes',
    { type: 'maven', name: 'tool', version: '', sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' },
    bookworm,
    'pkg:generic/tool?checksum=sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709',
  ],
  [
    'evidence that names its distribution counts more than the image it lies in',
    { type: 'rpm', name: 'bash', version: '5.2-1.fc40', distribution: { id: 'fedora', version: '40' } },
    bookworm,
    'pkg:rpm/fedora/bash@5.2-1.fc40?distro=fedora-40',
  ],
];

for (const [name, record, os, expected] of records) {
  test(`purl of a record: ${name}`, () => assert.equal(purlOf(record, os), expected));
}

test('a record without a name has no purl', () => {
  assert.throws(() => purlOf({ type: 'npm', name: '', version: '1' }, undefined), PurlError);
});

test('a record of any other name has a purl', () => {
  const record = fc.record({
    type: fc.constantFrom('apk', 'deb', 'generic', 'golang', 'maven', 'npm', 'pypi', 'rpm'),
    namespace: fc.string({ unit: 'binary' }),
    name: fc.oneof(fc.string({ unit: 'binary', minLength: 1 }), fc.constantFrom('/', '//', '.', ' ', '%')),
    version: fc.string(),
    architecture: fc.string(),
  });
  fc.assert(
    fc.property(record, (given) => {
      const purl = purlOf(given, bookworm);
      assert.equal(formatPurl(parsePurl(purl)), purl);
    }),
  );
});

test('a query matches by type, namespace and name, and by what else it gives', () => {
  const installed = parsePurl('pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12');
  const matches = (query: string) => matchesPurl(parsePurl(query), installed);
  assert.equal(matches('pkg:deb/debian/openssl'), true);
  assert.equal(matches('pkg:deb/debian/openssl@3.0.11-1'), true);
  assert.equal(matches('pkg:deb/debian/openssl?arch=amd64'), true);
  assert.equal(matches('pkg:deb/debian/openssl@3.0.11-2'), false);
  assert.equal(matches('pkg:deb/debian/openssl?arch=arm64'), false);
  assert.equal(matches('pkg:deb/debian/openssl?constructor=x'), false);
  assert.equal(matches('pkg:deb/ubuntu/openssl'), false);
  assert.equal(matches('pkg:apk/debian/openssl'), false);
  assert.equal(matches('pkg:deb/debian/openssl#doc'), false);
});

test('Python names match in every spelling', () => {
  assert.equal(
    matchesPurl(parsePurl('pkg:pypi/zope-interface'), parsePurl('pkg:pypi/Zope.Interface@5')),
    true,
  );
  assert.equal(comparableName('pypi', 'My.PyPI_.--._Package'), 'my-pypi-package');
  assert.equal(comparableName('rpm', 'ImageMagick'), 'ImageMagick');
});

test('any parts make a canonical purl that reads back as itself', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
  const parts = fc.record({
    type: fc.constantFrom('deb', 'rpm', 'apk', 'npm', 'pypi', 'golang', 'generic', 'maven', 'Nuget'),
    namespace: word,
    name: word,
    version: fc.string({ unit: 'binary', maxLength: 12 }),
    qualifiers: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9._-]{0,5}$/), word),
    subpath: word,
  });
  fc.assert(
    fc.property(parts, (given) => {
      const canonical = formatPurl(given);
      assert.match(canonical, /^[A-Za-z0-9.\-_~%:/@?=&#]+$/);
      assert.equal(formatPurl(parsePurl(canonical)), canonical);
    }),
  );
});

test('any text is either a purl or refused with a PurlError', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }).map((rest) => `pkg:npm/${rest}`),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        const canonical = formatPurl(parsePurl(given));
        assert.equal(formatPurl(parsePurl(canonical)), canonical);
      } catch (error) {
        assert.ok(error instanceof PurlError, String(error));
      }
    }),
  );
});
