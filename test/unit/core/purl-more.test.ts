import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OsRelease, PackageRecord } from '../../../core/facts.ts';
import { recordKey } from '../../../core/merge.ts';
import { formatPurl, matchesPurl, parsePurl, purlOf } from '../../../core/purl.ts';

/**
 * As written and in canonical form, after the conformance suite of package-url/purl-spec (tests/types, MIT)
 * and the examples of its type definitions.
 */
const canonical: readonly (readonly [string, string?])[] = [
  ['pkg:alpm/arch/pacman@6.0.1-1?arch=x86_64'],
  ['pkg:alpm/arch/containers-common@1:0.47.4-4?arch=x86_64'],
  ['pkg:bitnami/wordpress@6.2.0?arch=arm64&distro=photon-4'],
  ['pkg:bitnami/WordPress@6.2.0', 'pkg:bitnami/wordpress@6.2.0'],
  ['pkg:brew/SQLite@3.43.2', 'pkg:brew/sqlite@3.43.2'],
  ['pkg:brew/Homebrew/Core/sqlite@3.43.2', 'pkg:brew/homebrew/core/sqlite@3.43.2'],
  ['pkg:brew/postgresql%4012@12.17'],
  ['pkg:brew/node@20@20.10.0', 'pkg:brew/node%4020@20.10.0'],
  [
    'pkg:brew/some-org/some-tap/some-app@1.2.3?repository_url=https:%2F%2Fgithub.com%2Fsome-org%2Fhomebrew-some-tap.git',
  ],
  ['pkg:composer/Laravel/Laravel@5.5.0', 'pkg:composer/laravel/laravel@5.5.0'],
  ['pkg:conda/absl-py@0.4.1?build=py36h06a4308_0&channel=main&subdir=linux-64&type=tar.bz2'],
  ['pkg:cpan/DROLSKY/DateTime@1.55'],
  ['pkg:cpan/oalders/libwww-perl@6.76', 'pkg:cpan/OALDERS/libwww-perl@6.76'],
  ['pkg:cran/rJava@1.0-4'],
  ['pkg:cran/A3@1.0.0'],
  ['pkg:gem/jruby-launcher@1.1.2?Platform=java', 'pkg:gem/jruby-launcher@1.1.2?platform=java'],
  ['pkg:luarocks/hisham/luafilesystem@1.8.0-1'],
  ['pkg:luarocks/LuaSocket@3.1.0-1', 'pkg:luarocks/luasocket@3.1.0-1'],
  ['pkg:nix/nixpkgs/imlib2@1.12.6?commit=ea04e1fdd523987348c468e8cb53cc36c575d629'],
  ['pkg:otp/Stdlib@3.11.2', 'pkg:otp/stdlib@3.11.2'],
  ['pkg:pub/Flutter-Local@1.0.0', 'pkg:pub/flutter_local@1.0.0'],
  ['pkg:pear/pecl.php.net/APCu@5.1.23'],
  ['pkg:pear/pear.php.net/Text_Password@1.2.1'],
];

for (const [text, expected = text] of canonical) {
  test(`${text} has the canonical form of its type`, () => {
    assert.equal(formatPurl(parsePurl(text)), expected);
    assert.ok(matchesPurl(parsePurl(text), parsePurl(expected)));
  });
}

const arch: OsRelease = { id: 'arch', idLike: [], prettyName: 'Arch Linux' };
const openwrt: OsRelease = { id: 'openwrt', idLike: ['lede'], versionId: '23.05.3' };

const records: readonly (readonly [string, PackageRecord, OsRelease | undefined, string])[] = [
  [
    'an Arch package, with the base that it was split from',
    { type: 'alpm', name: 'gcc-libs', version: '14.1.1-1', architecture: 'x86_64', source: { name: 'gcc' } },
    arch,
    'pkg:alpm/arch/gcc-libs@14.1.1-1?arch=x86_64&distro=arch&upstream=gcc',
  ],
  [
    'an Arch package of an image without os-release',
    { type: 'alpm', name: 'x', version: '1-1' },
    undefined,
    'pkg:alpm/arch/x@1-1',
  ],
  [
    'an OpenWrt package',
    {
      type: 'opkg',
      name: 'busybox',
      version: '1.36.1-1',
      architecture: 'x86_64',
      source: { name: 'busybox-default' },
    },
    openwrt,
    'pkg:opkg/openwrt/busybox@1.36.1-1?arch=x86_64&distro=openwrt-23.05.3',
  ],
  [
    'a gem for one platform',
    { type: 'gem', name: 'nokogiri', version: '1.16.0', qualifiers: { platform: 'x86_64-linux' } },
    arch,
    'pkg:gem/nokogiri@1.16.0?platform=x86_64-linux',
  ],
  [
    'a conda package with its build',
    {
      type: 'conda',
      name: 'numpy',
      version: '1.26.4',
      qualifiers: { build: 'py312h8753938_0', channel: 'main', subdir: 'linux-64', type: 'conda' },
    },
    undefined,
    'pkg:conda/numpy@1.26.4?build=py312h8753938_0&channel=main&subdir=linux-64&type=conda',
  ],
  [
    'a Perl distribution of unknown author',
    { type: 'cpan', name: 'Net-SSLeay', version: '1.92' },
    undefined,
    'pkg:generic/Net-SSLeay@1.92',
  ],
  [
    'a PHP package without a vendor',
    { type: 'composer', name: 'shop', version: '1.0' },
    undefined,
    'pkg:generic/shop@1.0',
  ],
  [
    'a qualifier that no purl can have is left out',
    { type: 'gem', name: 'a', version: '1', qualifiers: { 'b c': 'x', Platform: 'y', platform: 'java' } },
    undefined,
    'pkg:gem/a@1?platform=java',
  ],
];

for (const [name, record, release, expected] of records) {
  test(`purl of a record: ${name}`, () => assert.equal(purlOf(record, release), expected));
}

test('packages of a fact that differ in a qualifier are two, in whatever order their qualifiers are', () => {
  const record = { type: 'conda', name: 'a', version: '1' } as const;
  const one = recordKey({ ...record, qualifiers: { build: '0', channel: 'main' } });
  assert.notEqual(one, recordKey({ ...record, qualifiers: { build: '1', channel: 'main' } }));
  assert.equal(one, recordKey({ ...record, qualifiers: { channel: 'main', build: '0' } }));
});
