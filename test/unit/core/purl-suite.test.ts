import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OsRelease, PackageRecord, PackageType } from '../../../core/facts.ts';
import { PACKAGE_TYPES } from '../../../core/package-types.ts';
import { formatPurl, parsePurl, purlOf, PurlError } from '../../../core/purl.ts';

/**
 * The cases of package-url/purl-spec's conformance suite (tests/types, MIT) for the types that tallyman writes,
 * one for each rule that `purl.test.ts` and `purl-more.test.ts` have no case of: as written, and in canonical form.
 */
const roundTrips: readonly (readonly [string, string?])[] = [
  ['pkg:alpm/arch/python-pip@21.0-1?arch=any'],
  ['pkg:apk/alpine/curl@7.83.0-r0?arch=x86'],
  ['pkg:bitnami/wordpress?distro=debian-12'],
  ['pkg:brew/go'],
  ['pkg:brew/homebrew/cask/firefox@120.0'],
  ['pkg:cargo/structopt@0.3.11'],
  ['pkg:cocoapods/ShareKit@2.0#Twitter'],
  ['pkg:cocoapods/GoogleUtilities@7.5.2#NSData+zlib', 'pkg:cocoapods/GoogleUtilities@7.5.2#NSData%2Bzlib'],
  ['pkg:composer/guzzlehttp/promises@2.0.2'],
  ['pkg:conan/cctz@2.3'],
  [
    'pkg:conan/openssl.org/openssl@3.0.3?user=bincrafters&channel=stable',
    'pkg:conan/openssl.org/openssl@3.0.3?channel=stable&user=bincrafters',
  ],
  [
    'pkg:conan/openssl.org/openssl@3.0.3?compiler=Visual%20Studio&compiler.runtime=MDd&arch=x86_64',
    'pkg:conan/openssl.org/openssl@3.0.3?arch=x86_64&compiler=Visual%20Studio&compiler.runtime=MDd',
  ],
  ['pkg:cpan/GDT/URI-PackageURL'],
  ['pkg:cran/caret@6.0-88'],
  ['pkg:deb/debian/attr@1:2.4.47-2?arch=source'],
  ['pkg:deb/ubuntu/dpkg@1.19.0.4?arch=amd64'],
  [
    'pkg:generic/bitwarderl?vcs_url=git%2Bhttps://git.fsfe.org/dxtr/bitwarderl%40cc55108da32',
    'pkg:generic/bitwarderl?vcs_url=git%2Bhttps:%2F%2Fgit.fsfe.org%2Fdxtr%2Fbitwarderl%40cc55108da32',
  ],
  [
    'pkg:github/Package-url/purl-Spec@244fd47e07d1004f0aed9c#everybody/loves/dogs',
    'pkg:github/package-url/purl-spec@244fd47e07d1004f0aed9c#everybody/loves/dogs',
  ],
  ['pkg:golang/github.com/gorilla/context@234fd47e07d1004f0aed9c#api'],
  [
    'pkg:golang/GitHub.com/Gorilla/context@234fd47e07d1004f0aed9c',
    'pkg:golang/github.com/gorilla/context@234fd47e07d1004f0aed9c',
  ],
  ['pkg:hackage/AC-HalfInteger@1.2.1'],
  ['pkg:hackage/3d-graphics-examples@0.0.0.2'],
  ['pkg:hex/acme/foo@2.3.'],
  ['pkg:hex/phoenix_html@2.13.3#priv/static/phoenix_html.js'],
  [
    'pkg:hex/bar@1.2.3?repository_url=https://myrepo.example.com',
    'pkg:hex/bar@1.2.3?repository_url=https:%2F%2Fmyrepo.example.com',
  ],
  ['pkg:julia/Dates@1.9.0?uuid=ade2ca70-3891-5945-98fb-dc099432e06a'],
  ['pkg:luarocks/hisham/luafilesystem@1.8.0-1'],
  ['pkg:/maven/org.apache.commons/io', 'pkg:maven/org.apache.commons/io'],
  ['pkg://maven/org.apache.commons/io', 'pkg:maven/org.apache.commons/io'],
  [
    'pkg:Maven/net.sf.jacob-project/jacob@1.14.3?type=dll&classifier=x86',
    'pkg:maven/net.sf.jacob-project/jacob@1.14.3?classifier=x86&type=dll',
  ],
  ['pkg:nix/nixpkgs/haskellPackages._3d-graphics-examples@0.0.0.2'],
  ['pkg:npm/%40MyScope/MyPackage@1.0.0', 'pkg:npm/%40myscope/mypackage@1.0.0'],
  ['pkg:npm/core@2.0.1#/googleapis/api/annotations/', 'pkg:npm/core@2.0.1#googleapis/api/annotations'],
  ['pkg:npm/foo@1.2.3-%F0%9F%98%83#src/%F0%9F%98%83/file.js'],
  ['pkg:nuget/EnterpriseLibrary.Common@6.0.1304'],
  ['pkg:opam/conex@1.0.0'],
  [
    'pkg:otp/asn1@5.4.1?arch=amd64&vcs_url=git%2Bhttps://github.com/erlang/otp.git#src/asn1ct.erl',
    'pkg:otp/asn1@5.4.1?arch=amd64&vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Ferlang%2Fotp.git#src/asn1ct.erl',
  ],
  ['pkg:pub/characters@1.2.0'],
  ['pkg:pypi/My.PyPI_.--._Package@1.11.1.dev1', 'pkg:pypi/my-pypi-package@1.11.1.dev1'],
  ['pkg:pypi/django@1.11.1?filename=Django-1.11.1-py2.py3-none-any.whl'],
  [
    'pkg:rpm/centerim@4.22.10-1.el6?arch=i686&epoch=1&distro=fedora-25',
    'pkg:rpm/centerim@4.22.10-1.el6?arch=i686&distro=fedora-25&epoch=1',
  ],
  ['pkg:swift/github.com/RxSwiftCommunity/RxFlow@2.12.4'],
  ['pkg:vcpkg/bzip2@1.0.8?port_version=6'],
];

for (const [text, canonical = text] of roundTrips) {
  test(`the suite's ${text}`, () => {
    const parts = parsePurl(text);
    assert.equal(formatPurl(parts), canonical);
    assert.deepEqual(parsePurl(canonical), parts);
  });
}

for (const text of ['pkg:julia', 'pkg:julia/@1.9.0', 'pkg:cran/@0.9.1', 'pkg:hackage', 'pkg:npm/']) {
  test(`the suite refuses ${text}, and so is it here`, () => {
    assert.throws(() => parsePurl(text), PurlError);
  });
}

/** What the suite refuses and is read here: a question that can be understood is answered. None of it is written. */
const readAnyhow = [
  'pkg:cpan/GDT/URI::PackageURL',
  'pkg:conan/cctz@2.3?channel=stable',
  'pkg:julia/Dates',
  'pkg:npm/React@17.0.1',
  'pkg:npm/foobar@',
  'pkg:otp/namespace/hex@2.1.1',
  'pkg:swift/Alamofire@5.4.3',
];

for (const text of readAnyhow) test(`${text} is read`, () => assert.ok(parsePurl(text).name));

/** What each type's definition says of a namespace (types/*-definition.json), for those that say more than "optional". */
const namespaces: Partial<Record<PackageType, 'required' | 'prohibited'>> = {
  alpm: 'required',
  apk: 'required',
  bitnami: 'prohibited',
  cargo: 'prohibited',
  cocoapods: 'prohibited',
  composer: 'required',
  conda: 'prohibited',
  cpan: 'required',
  cran: 'prohibited',
  deb: 'required',
  gem: 'prohibited',
  github: 'required',
  hackage: 'prohibited',
  julia: 'prohibited',
  maven: 'required',
  nix: 'required',
  nuget: 'prohibited',
  opam: 'prohibited',
  otp: 'prohibited',
  pub: 'prohibited',
  pypi: 'prohibited',
  rpm: 'required',
  swift: 'required',
  vcpkg: 'prohibited',
};

const fedora: OsRelease = { id: 'fedora', idLike: [], versionId: '41' };

test('what is written has a namespace where its type wants one, and none where it forbids one', () => {
  for (const type of PACKAGE_TYPES) {
    for (const namespace of [{}, { namespace: 'acme' }]) {
      const record: PackageRecord = { type, name: 'widget', version: '1', ...namespace };
      const purl = parsePurl(purlOf(record, fedora));
      const rule = namespaces[purl.type as PackageType];
      if (rule !== undefined) assert.equal(purl.namespace !== undefined, rule === 'required', `${type}`);
      assert.ok(purl.type === type || purl.type === 'generic');
    }
  }
});

test('the name of a Perl module is no distribution', () => {
  const record: PackageRecord = { type: 'cpan', namespace: 'GDT', name: 'URI::PackageURL', version: '2' };
  assert.equal(purlOf(record, undefined), 'pkg:generic/GDT/URI::PackageURL@2');
});

test('a Nix package is named as one of nixpkgs', () => {
  const record: PackageRecord = { type: 'nix', name: 'glibc', version: '2.40-66' };
  assert.equal(purlOf(record, undefined), 'pkg:nix/nixpkgs/glibc@2.40-66');
});
