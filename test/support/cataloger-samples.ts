import { zstdCompressSync } from 'node:zlib';
import { assembly } from './assembly.ts';
import { elfWith } from './elf.ts';
import { goProgram } from './go-program.ts';
import { jar } from './jar.ts';
import type { BufferFileOptions } from './layer-file.ts';

/** A file at a path that its cataloger takes. */
export type Sample = readonly [path: string, content: string | Uint8Array, options?: BufferFileOptions];

const PROGRAM = { format: 'elf', wordBytes: 8, littleEndian: true, style: 'inline', section: true } as const;
const PYTHON = 'usr/lib/python3/dist-packages/Shop-1.dist-info';
const PURL = { purl: 'pkg:npm/left-pad@1.3.0', name: 'left-pad', version: '1.3.0', type: 'library' };
const BITNAMI_PURL = { referenceType: 'purl', referenceLocator: 'pkg:bitnami/bash@5.2' };
const BITNAMI = { SPDXID: 'x', name: 'bash', versionInfo: '5.2', externalRefs: [BITNAMI_PURL] };
const CHISEL = ['{"jsonwall":"1.0"}', '{"kind":"package","name":"base-files","version":"13","arch":"amd64"}'];
const CRATES = { packages: [{ name: 'a', version: '1.0.0', source: 'crates.io', root: true }] };

/** For each cataloger a file of which it says something; the digests of what it says are known. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
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
  'dotnet-assembly': [
    'app/A.dll',
    assembly({ OriginalFilename: 'A.dll', ProductVersion: '1.2.3+0a2e', CompanyName: 'A' }),
  ],
  'elf-note': [
    'usr/bin/a',
    elfWith({ '.note.package': '{"type":"rpm","name":"a","version":"1-1","os":"fedora"}' }),
    { mode: 0o755 },
  ],
  nim: [
    `root/.nimble/pkgs2/a-1.0.0-${'0'.repeat(40)}/a.nimble`,
    'version = "1.0.0"\nlicense = "MIT"\nrequires "nim >= 1.6", "b"\n',
  ],
  nix: [`nix/store/${'0'.repeat(32)}-glibc-2.40-66-bin/bin/ldd`, ''],
  'file-modes': ['usr/bin/su', '\x7fELF', { mode: 0o4755 }],
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
  'red-hat': [
    'root/buildinfo/Dockerfile-ubi9-9.4-1',
    'LABEL com.redhat.component="ubi9-container" \\\n architecture="x86_64"\n',
  ],
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
