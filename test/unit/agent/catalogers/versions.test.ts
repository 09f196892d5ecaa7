import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { catalogers } from '../../../../agent/catalogers/index.ts';
import type { Cataloger, FactContent } from '../../../../core/facts.ts';
import { elfWith } from '../../../support/elf.ts';
import { goProgram } from '../../../support/go-program.ts';
import { jar } from '../../../support/jar.ts';
import { bufferFile, type BufferFileOptions } from '../../../support/layer-file.ts';

/**
 * Version and digest of what each cataloger makes of its sample. When this fails, facts that nodes keep are not what they
 * would be now: raise the cataloger's version, and write down what the test says. A sample shows only what is in it:
 * a change that it does not show needs a new version all the same.
 */
const KNOWN: Readonly<Record<string, string>> = {
  apk: '1 04f05acffe3f8fc6',
  binary: '1 11aa3d436e803a67',
  bitnami: '2 adce050e72ad633c',
  bottlerocket: '1 456b9b10c79bd0df',
  chisel: '1 d29612ab9909cfdc',
  conda: '1 d9655f8d08a25289',
  cos: '1 49578f6bbfd3eca6',
  credentials: '1 14ed6523c5957ec0',
  dotnet: '1 2520d923135c21cf',
  dpkg: '1 125349d73bf820d9',
  'dpkg-copyright': '1 001db337072bfc10',
  'elf-note': '1 325f6395ed778c62',
  'embedded-sbom': '1 f6c3a0830173a2b0',
  'file-modes': '1 dd98f83a5cef1413',
  'go-binary': '2 d1a0e7698c222ec0',
  homebrew: '1 72f8f98282abbb2d',
  java: '2 fc4a7744af5db8d6',
  julia: '1 1f041f01be3fbe93',
  jvm: '2 b4fc2a9328295779',
  lua: '1 b0a41034404b7538',
  nix: '2 eba7630836727bbd',
  npm: '3 32762327b92cd6f6',
  opam: '1 0eaa0b1bba6003bc',
  opkg: '1 dafdd00686f92196',
  'os-release': '2 9561d652ec6261a7',
  otp: '1 783b955be4fa1a27',
  pacman: '1 de9af5520974ed2f',
  pear: '1 c24d1d2a8f193460',
  perl: '1 44b869b11f1721d7',
  'php-composer': '1 3f9ab4bbabda813b',
  portage: '1 82fe92c2e2cb7351',
  python: '3 50b7c21cc5c44413',
  r: '1 64bbbe6cf0833c86',
  rpm: '1 bbad27d9d6425bfe',
  ruby: '1 4d98cb80b4a6cfe4',
  'rust-binary': '1 68d4d1718e23c5c9',
  shells: '1 86e148e5b1ed2837',
  wordpress: '1 3a5c496eb0fe86e9',
};

type Sample = readonly [path: string, content: string | Uint8Array, options?: BufferFileOptions];

const PROGRAM = { format: 'elf', wordBytes: 8, littleEndian: true, style: 'inline', section: true } as const;
const PYTHON = 'usr/lib/python3/dist-packages/Shop-1.dist-info';
const PURL = { purl: 'pkg:npm/left-pad@1.3.0', name: 'left-pad', version: '1.3.0', type: 'library' };
const BITNAMI_PURL = { referenceType: 'purl', referenceLocator: 'pkg:bitnami/bash@5.2' };
const BITNAMI = { SPDXID: 'x', name: 'bash', versionInfo: '5.2', externalRefs: [BITNAMI_PURL] };
const CHISEL = ['{"jsonwall":"1.0"}', '{"kind":"package","name":"base-files","version":"13","arch":"amd64"}'];
const CRATES = { packages: [{ name: 'a', version: '1.0.0', source: 'crates.io', root: true }] };

const SAMPLES: Readonly<Record<string, Sample>> = {
  'os-release': ['etc/os-release', 'ID="debian"\nVERSION_ID=12 # stable\n'],
  dpkg: [
    'var/lib/dpkg/status',
    'Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1:1-2+b1\nSource: s (1-2)\nDepends: b | c, d (>= 1)\n',
  ],
  'dpkg-copyright': ['usr/share/doc/a/copyright', 'Format: x\n\nFiles: *\nCopyright: me\nLicense: GPL-2+\n'],
  apk: ['lib/apk/db/installed', 'P:a\nV:1-r0\nA:x86_64\nL:MIT\no:s\nD:b>1 !c\nF:bin\nR:a\n\n'],
  rpm: [
    'var/lib/rpmmanifest/container-manifest-2',
    `${'a 1-1.cm2 1 2 v (none) 3 x86_64 0 a-1-1.cm2.src.rpm'.replaceAll(' ', '\t')}\n`,
  ],
  npm: [
    'app/node_modules/@s/a/package.json',
    '{"name":"@s/a","version":"v1.0.0","license":"MIT","dependencies":{"b":"1"}}',
  ],
  python: [`${PYTHON}/METADATA`, 'Name: Shop\nVersion: 1\nLicense: MIT\nRequires-Dist: six\n\nText\n'],
  'go-binary': [
    'usr/bin/a',
    goProgram(PROGRAM, {
      goVersion: 'go1.22.1',
      modules: 'path\te.org/a\nmod\te.org/a\tv1.0.0\ndep\te.org/B\tv2.0.0',
    }),
    { mode: 0o755 },
  ],
  ruby: [
    'usr/lib/ruby/gems/3.1.0/specifications/a-1.gemspec',
    '# stub: a 1 ruby lib\nGem::Specification.new do |s|\n  s.name = "a".freeze\n  s.version = "1"\n  s.licenses = ["MIT"]\nend\n',
  ],
  'php-composer': [
    'app/vendor/composer/installed.json',
    '{"packages":[{"name":"a/b","version":"v1","require":{"php":"8","c/d":"1"}}]}',
  ],
  pear: [
    'usr/share/php/.registry/a.reg',
    'a:3:{s:4:"name";s:1:"A";s:7:"version";a:1:{s:7:"release";s:5:"1.0.0";}s:7:"channel";s:12:"pear.php.net";}',
  ],
  pacman: [
    'var/lib/pacman/local/a-1-1/desc',
    '%NAME%\na\n\n%VERSION%\n1-1\n\n%BASE%\ns\n\n%LICENSE%\nMIT\n\n%DEPENDS%\nb>=1\n',
  ],
  opkg: [
    'usr/lib/opkg/status',
    'Package: a\nVersion: 1\nStatus: install user installed\nArchitecture: all\nDepends: b\n',
  ],
  portage: [
    'var/db/pkg/app-misc/a-1-r1/CONTENTS',
    'obj /usr/bin/a 0 0\n',
    { siblings: { LICENSE: 'MIT\n', SLOT: '0\n' } },
  ],
  java: [
    'app/a.jar',
    jar({ described: [{ group: 'g', artifact: 'a', version: '1' }], manifest: { 'Bundle-License': 'MIT' } }),
  ],
  conda: [
    'opt/conda/conda-meta/a-1-0.json',
    '{"name":"a","version":"1","build":"0","license":"MIT","files":["bin/a"]}',
  ],
  r: ['usr/lib/R/library/a/DESCRIPTION', 'Package: a\nVersion: 1\nLicense: MIT\nImports: b\nBuilt: R 4\n'],
  perl: [
    'usr/lib/perl5/.meta/A-1/install.json',
    '{"dist":"A-B-1.0","pathname":"A/AU/AUTHOR/A-B-1.0.tar.gz"}',
  ],
  lua: [
    'usr/lib/lua/5.4/rocks/a/1-1/a-1-1.rockspec',
    'package = "a"\nversion = "1-1"\ndescription = { license = "MIT" }\n',
  ],
  jvm: [
    'opt/java/release',
    'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="21.0.2"\nFULL_VERSION="21.0.2+13"\nIMAGE_TYPE="JRE"\n',
  ],
  'rust-binary': ['usr/bin/a', elfWith({ '.dep-v0': deflated(JSON.stringify(CRATES)) }), { mode: 0o755 }],
  chisel: ['var/lib/chisel/manifest.wall', zstdCompressSync(`${CHISEL.join('\n')}\n`)],
  'embedded-sbom': [
    'app/a.cdx.json',
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components: [PURL] }),
  ],
  bitnami: [
    'opt/bitnami/bash/.spdx-bash.spdx',
    JSON.stringify({ spdxVersion: 'SPDX-2.3', packages: [BITNAMI] }),
  ],
  wordpress: [
    'srv/wp-content/plugins/a/a.php',
    '<?php\n/*\n * Plugin Name: A\n * Version: 1.0\n * License: GPLv2\n */\n',
  ],
  binary: [
    'usr/bin/busybox',
    elfWith({ '.rodata': '\0BusyBox v1.36.1 (2024-01-01 00:00:00 UTC)\0' }),
    { mode: 0o755 },
  ],
  dotnet: [
    'app/a.deps.json',
    '{"runtimeTarget":{"name":"t"},"targets":{"t":{"B/2.0.0":{"runtime":{"B.dll":{}}}}},"libraries":{"B/2.0.0":{"type":"package"}}}',
  ],
  'elf-note': [
    'usr/bin/a',
    elfWith({ '.note.package': '{"type":"rpm","name":"a","version":"1-1","os":"fedora"}' }),
    { mode: 0o755 },
  ],
  nix: [`nix/store/${'0'.repeat(32)}-glibc-2.40-66-bin/bin/ldd`, ''],
  'file-modes': ['usr/bin/su', 'x', { mode: 0o4755 }],
  homebrew: [
    'opt/Cellar/a/1.0/INSTALL_RECEIPT.json',
    '{"source":{"tap":"homebrew/core"},"runtime_dependencies":[{"full_name":"b"}]}',
  ],
  cos: [
    'etc/cos-package-info.json',
    '{"installedPackages":[{"category":"app-misc","name":"a","version":"1"}]}',
  ],
  bottlerocket: [
    'usr/share/bottlerocket/application-inventory.json',
    '{"Content":[{"Name":"a","Version":"1","Release":"1","Epoch":"0","Architecture":"x86_64"}]}',
  ],
  otp: [
    'usr/lib/erlang/lib/a-1/ebin/a.app',
    '{application, a, [{description, "x"}, {vsn, "1.0"}, {applications, [kernel, b]}]}.\n',
  ],
  opam: [
    'root/.opam/5.1/.opam-switch/packages/a.1.0/opam',
    'opam-version: "2.0"\nlicense: "MIT"\ndepends: ["ocaml" "b" {>= "1"}]\n',
  ],
  julia: [
    'root/.julia/packages/A/93Ea8/Project.toml',
    `name = "A"\nversion = "1.0.0"\nuuid = "${'ade2ca70-3891-5945-98fb-dc099432e06a'}"\n`,
  ],
  shells: ['bin/bash', elfWith({ '.rodata': 'x' }), { mode: 0o755 }],
  credentials: ['root/.npmrc', '//registry.example.org/:_authToken=abcdef\n'],
};

function deflated(text: string): Buffer {
  // Stored, not compressed, so that no other zlib makes other bytes.
  const content = Buffer.from(text);
  const header = Buffer.from([0x78, 0x01, 0x01, 0, 0, 0, 0]);
  header.writeUInt16LE(content.length, 3);
  header.writeUInt16LE(~content.length & 0xffff, 5);
  let [a, b] = [1, 0];
  for (const byte of content) [a, b] = [(a + byte) % 65521, (b + a + byte) % 65521];
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(((b << 16) | a) >>> 0);
  return Buffer.concat([header, content, sum]);
}

function found(cataloger: Cataloger, [path, content, options]: Sample): FactContent {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return cataloger.parse(bufferFile(path, bytes, options));
}

for (const cataloger of catalogers) {
  test(`what ${cataloger.id} makes of its sample belongs to its version`, () => {
    const sample = SAMPLES[cataloger.id];
    assert.ok(sample !== undefined, 'it has no sample yet');
    assert.ok(cataloger.candidates.accepts(sample[0]));
    const content = found(cataloger, sample);
    const { packages = [], licenses = [], findings = [], release } = content;
    assert.ok(
      packages.length + licenses.length + findings.length > 0 || release !== undefined,
      'it says nothing',
    );
    const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
    assert.equal(`${cataloger.version} ${digest}`, KNOWN[cataloger.id], 'raise its version, write down this');
  });
}
