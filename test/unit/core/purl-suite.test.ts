import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { OsRelease, PackageRecord, PackageType } from '../../../core/facts.ts';
import { PACKAGE_TYPES } from '../../../core/package-types.ts';
import { formatPurl, parsePurl, purlOf, PurlError, type Purl } from '../../../core/purl.ts';

interface Case {
  readonly purl: string;
  readonly parts: Purl;
  readonly alsoWritten?: readonly string[];
}

/** See the fixture's README for what is in it and where it is from. */
const suite = JSON.parse(
  readFileSync(new URL('../../fixtures/purl-spec/cases.json', import.meta.url), 'utf8'),
) as {
  readonly valid: readonly Case[];
  readonly refused: readonly string[];
  readonly unbuildable: readonly Partial<Purl>[];
};

test('every case of the suite is run', () => {
  const types = new Set(suite.valid.map(({ parts }) => parts.type));
  const untested = PACKAGE_TYPES.filter((type) => !types.has(type));
  assert.deepEqual(untested, ['ebuild', 'nim', 'opkg', 'wordpress-plugin']);
  assert.deepEqual([suite.valid.length, suite.refused.length, suite.unbuildable.length], [133, 31, 19]);
});

for (const { purl, parts, alsoWritten = [] } of suite.valid) {
  test(`the suite's ${purl}`, () => {
    assert.equal(formatPurl(parts), purl);
    for (const text of [purl, ...alsoWritten]) {
      assert.deepEqual(parsePurl(text), parts, text);
      assert.equal(formatPurl(parsePurl(text)), purl, text);
    }
  });
}

/** Of other ages of the suite, and its examples of kind `validation`. */
const further: readonly (readonly [string, string?])[] = [
  [
    'pkg:conan/openssl.org/openssl@3.0.3?compiler=Visual%20Studio&compiler.runtime=MDd&arch=x86_64',
    'pkg:conan/openssl.org/openssl@3.0.3?arch=x86_64&compiler=Visual%20Studio&compiler.runtime=MDd',
  ],
  [
    'pkg:github/Package-url/purl-Spec@244fd47e07d1004f0aed9c#everybody/loves/dogs',
    'pkg:github/package-url/purl-spec@244fd47e07d1004f0aed9c#everybody/loves/dogs',
  ],
  [
    'pkg:golang/GitHub.com/Gorilla/context@234fd47e07d1004f0aed9c',
    'pkg:golang/github.com/gorilla/context@234fd47e07d1004f0aed9c',
  ],
  [
    'pkg:Maven/net.sf.jacob-project/jacob@1.14.3?type=dll&classifier=x86',
    'pkg:maven/net.sf.jacob-project/jacob@1.14.3?classifier=x86&type=dll',
  ],
  ['pkg:npm/foo@1.2.3-%F0%9F%98%83#src/%F0%9F%98%83/file.js'],
  [
    'pkg:otp/asn1@5.4.1?arch=amd64&vcs_url=git%2Bhttps://github.com/erlang/otp.git#src/asn1ct.erl',
    'pkg:otp/asn1@5.4.1?arch=amd64&vcs_url=git%2Bhttps:%2F%2Fgithub.com%2Ferlang%2Fotp.git#src/asn1ct.erl',
  ],
  ['pkg:pypi/My.PyPI_.--._Package@1.11.1.dev1', 'pkg:pypi/my-pypi-package@1.11.1.dev1'],
  ['pkg:pypi/django@1.11.1?filename=Django-1.11.1-py2.py3-none-any.whl'],
  [
    'pkg:rpm/centerim@4.22.10-1.el6?arch=i686&epoch=1&distro=fedora-25',
    'pkg:rpm/centerim@4.22.10-1.el6?arch=i686&distro=fedora-25&epoch=1',
  ],
];

for (const [text, canonical = text] of further) {
  test(`${text} is read and written`, () => {
    const parts = parsePurl(text);
    assert.equal(formatPurl(parts), canonical);
    assert.deepEqual(parsePurl(canonical), parts);
  });
}

/**
 * What the suite refuses and is read here, and why. A question that can be understood is answered; and names in an image are
 * whatever somebody wrote into it, which must be told, not refused.
 */
const readAnyhow: Readonly<Record<string, string>> = {
  'pkg:conan/bincrafters/cctz@2.3': 'a namespace without a channel, which the suite itself has elsewhere',
  'pkg:conan/cctz@2.3?channel=stable': 'as good as understood',
  'pkg:cpan/LWP::UserAgent@6.7.6': 'a module: older files of the suite allow it, and SBOMs have it',
  'pkg:cpan/GDT/URI::PackageURL': 'as good as understood',
  'pkg:julia/Dates': 'a question need not name the UUID',
  'pkg:npm/@angular/animation@12.3.1': 'what people type; without a version the suite reads it too',
  'pkg:npm/React@17.0.1': 'folded, as the suite has LoDash folded',
  'pkg:npm/foobar@': 'no version',
  'pkg:npm/.foobar@1.0.0': 'no name of npm, but of a package.json',
  'pkg:npm/_foobar@1.0.0': 'the same',
  'pkg:npm/foo%F0%9F%98%83bar@1.0.0': 'the same',
  'pkg:npm/%40foo%F0%9F%98%83/bar@1.0.0': 'the same',
  'pkg:otp/namespace/hex@2.1.1': 'as good as understood',
  'pkg:swift/Alamofire@5.4.3': 'as good as understood',
  'pkg:vcpkg/boost/asio@1.84.0': 'as good as understood',
};

for (const text of suite.refused) {
  const why = readAnyhow[text];
  test(why === undefined ? `the suite refuses ${text}, and so is it here` : `${text} is read: ${why}`, () => {
    if (why === undefined) assert.throws(() => parsePurl(text), PurlError);
    else assert.ok(parsePurl(text).name);
  });
}

/** Written all the same: tallyman finds no packages of Conan itself, and the suite is at odds with itself about these. */
const WRITTEN_ANYHOW: ReadonlySet<string> = new Set(['conan']);

for (const parts of suite.unbuildable) {
  test(`no purl is written of ${JSON.stringify(parts)}`, () => {
    const { type, name } = parts;
    if (type === undefined || name === undefined || name === '') {
      const given = { type: type ?? '', name: name ?? '', qualifiers: parts.qualifiers ?? {} };
      assert.throws(() => formatPurl({ ...parts, ...given }), PurlError);
      return;
    }
    const record: PackageRecord = { ...parts, type: type as PackageType, name, version: parts.version ?? '' };
    const written = parsePurl(purlOf(record, undefined));
    if (Object.keys(parts.qualifiers ?? {}).some((key) => key.includes(' '))) {
      assert.throws(
        () => formatPurl({ ...parts, type, name, qualifiers: parts.qualifiers ?? {} }),
        PurlError,
      );
      assert.deepEqual(written.qualifiers, {});
      return;
    }
    assert.equal(written.type, WRITTEN_ANYHOW.has(type) ? type : 'generic');
  });
}

test('what an image calls an npm package is one only if npm could have installed it', () => {
  const typeOf = (name: string, namespace?: string): string => {
    const record: PackageRecord = {
      type: 'npm',
      name,
      version: '1',
      ...(namespace !== undefined && { namespace }),
    };
    return parsePurl(purlOf(record, undefined)).type;
  };
  for (const name of ['.foobar', '_foobar', 'foo\u{1f603}bar', 'a b', 'a/b'])
    assert.equal(typeOf(name), 'generic', name);
  for (const scope of ['@foo\u{1f603}', 'foo', '@', '@a/b'])
    assert.equal(typeOf('bar', scope), 'generic', scope);
  for (const name of ['JSONStream', 'my-package.js', "old~(name)!'*", '0'])
    assert.equal(typeOf(name), 'npm', name);
  assert.equal(typeOf('bar', '@foo_'), 'npm');
});

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
