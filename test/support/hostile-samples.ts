import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { deflateSync } from 'node:zlib';
import { SAMPLES, type Sample } from './cataloger-samples.ts';
import { executable, type ExecutableShape } from './executable.ts';
import { goProgram, universal, type GoProgramShape } from './go-program.ts';
import { jar } from './jar.ts';
import { ndbFile } from './rpm-files.ts';
import { RPM_FIXTURES, rpmFixture } from './rpm-fixtures.ts';
import { zip } from './zip.ts';

const MODE = { mode: 0o755 };
const ELF: ExecutableShape = { format: 'elf', wordBytes: 8, littleEndian: true };
const DEPENDENCY = {
  group: 'g',
  artifact: 'b',
  version: '2',
  xml: '<project><version>2</version></project>',
};
const RUST = JSON.stringify({
  packages: [
    { name: 'a', version: '1.0.0', source: 'local', dependencies: [1], root: true },
    { name: 'b', version: '2.0.0', source: 'crates.io' },
  ],
});
const DEPS = JSON.stringify({
  runtimeTarget: { name: 't' },
  targets: { t: { 'A/1.0.0': { dependencies: { B: '2.0.0' } }, 'B/2.0.0': { runtime: { 'B.dll': {} } } } },
  libraries: { 'A/1.0.0': { type: 'project' }, 'B/2.0.0': { type: 'package' } },
});
const SPDX = {
  spdxVersion: 'SPDX-2.3',
  SPDXID: 'SPDXRef-DOCUMENT',
  packages: [
    {
      SPDXID: 'SPDXRef-a',
      name: 'a',
      versionInfo: '1',
      licenseDeclared: 'MIT AND (ISC OR GPL-2.0+)',
      externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:npm/%40s/a@1?x=y#z' }],
    },
  ],
  relationships: [
    { spdxElementId: 'SPDXRef-a', relationshipType: 'DEPENDS_ON', relatedSpdxElement: 'SPDXRef-a' },
  ],
};
const COPYRIGHT = `This is free software; you can redistribute it under the terms of the GNU Lesser General Public
License as published by the Free Software Foundation; either version 2.1 of the License, or (at your option) any
later version. See /usr/share/common-licenses/LGPL-2.1 and /usr/share/common-licenses/Apache-2.0.\n`;
const POM = `<?xml version="1.0"?>\n<!-- x --><project>
  <parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent>
  <artifactId>a</artifactId><licenses><license><name>MIT &amp; <![CDATA[ISC]]></name></license></licenses>
  <dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId></dependency></dependencies>
</project>\n`;
const KEYSTORE = Buffer.from(
  'feedfeed00000002000000020000000200036162630000000000000000' +
    '0005582e353039000000046365727400000001000361626300000000000000000005582e3530390000000463657274',
  'hex',
);

/** Further kinds of file that these catalogers read, where the first sample is of one of several formats. */
const MORE: Readonly<Record<string, () => readonly Sample[]>> = {
  binary: () => [
    ['usr/lib/libssl.so.3', executable(ELF, Buffer.from('\0OpenSSL 3.0.11 19 Sep 2023\0')), MODE],
    ['usr/bin/python3.11', executable(ELF, Buffer.from('\x003.11.2\0%.80s (%.80s) %.80s\0')), MODE],
    ['usr/bin/nginx', executable(ELF, Buffer.from('\0nginx version: nginx/1.22.1\0')), MODE],
  ],
  bitnami: () => [
    [
      'opt/bitnami/.bitnami_components.json',
      '{"bash":{"arch":"amd64","distro":"debian-12","version":"5.2-1"}}',
    ],
  ],
  credentials: () => [
    ['etc/shadow', 'root:$6$abc$def:19000:0:99999:7:::\ndaemon:*:1::::::\nx::1::::::\n'],
    ['app/.env', "PORT=1\nexport DB_PASSWORD='x\"y'\nAPI_KEY=abc\n"],
    ['app/server.key', `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n${'A'.repeat(64)}\n`],
    ['app/keystore.jks', KEYSTORE],
    ['root/.docker/config.json', '{"auths":{"r.example.org":{"auth":"eDp5"}}}'],
    ['root/.kube/config', 'users:\n- name: a\n  user:\n    token: abc\n    client-key-data: QUJD\n'],
    ['root/.aws/credentials', '[default]\naws_access_key_id = A\naws_secret_access_key = b\n'],
  ],
  dotnet: () => [['app/shop', bundle(), MODE]],
  dpkg: () => [
    ['var/lib/dpkg/status.d/a', 'Package: a\nVersion: 1~\nProvides: v (= 1), w\nPre-Depends: w:any\n'],
    ['var/lib/dpkg/info/a:amd64.list', '/.\n/usr\n/usr/bin\n/usr/bin/a b\n'],
    [
      'var/lib/dpkg/status.d/a.md5sums',
      '00ff  usr/bin/a\n00ff *./usr/bin/b\n',
      { siblings: { a: 'Package: a.b\n' } },
    ],
  ],
  'dpkg-copyright': () => [['usr/share/doc/a/copyright', COPYRIGHT]],
  'embedded-sbom': () => [['app/a.spdx.json', JSON.stringify(SPDX)]],
  'go-binary': () => goShapes().map((bytes): Sample => ['usr/bin/a', bytes, MODE]),
  homebrew: () => [
    [
      'opt/Cellar/a/1.0/.brew/a.rb',
      'class A < Formula\n  url "https://e.org/a-1.0.tar.gz"\n  license any_of: ["MIT", { "GPL-2.0-only" => { with: "Classpath-exception-2.0" } }]\nend\n',
    ],
  ],
  java: () => [
    ['app/a.war', nestedJar()],
    [
      'app/META-INF/maven/g/a/pom.properties',
      'version=1\ngroupId=g\nartifactId=a\n',
      { siblings: { 'pom.xml': POM } },
    ],
    [
      'app/b-2.0.jar',
      zip([{ name: 'x.class', content: 'x' }], { large: true, comment: 'c', prefix: '#!/bin/sh\n' }),
    ],
  ],
  nix: () => [['nix/var/nix/db/db.sqlite', nixDatabase()]],
  npm: () => [
    [
      'app/.pnp.data.json',
      '{"packageRegistryData":[["a",[["npm:1.0.0",{"packageLocation":"./.yarn/cache/a-npm-1.0.0-0123456789-0123456789.zip/node_modules/a/","packageDependencies":[["b","npm:2"]]}]]]]}',
    ],
    [
      'app/.pnp.cjs',
      'const RAW_RUNTIME_STATE =\n\'{"packageRegistryData":[["a",[["npm:1.0.0",{"packageLocation":"./x"}]]]]}\';\n',
    ],
  ],
  opkg: () => [
    ['usr/lib/opkg/info/a.list', '/usr/bin/a\n/usr/bin/b\t0100755\n'],
    ['usr/lib/opkg/info/a.control', 'Package: a\nVersion: 1\nLicense: MIT & GPL-2.0\nDepends: b (>= 1), c\n'],
  ],
  pacman: () => [['var/lib/pacman/local/a-1-1/files', '%FILES%\nusr/\nusr/bin/a\n\n%BACKUP%\netc/a\t00\n']],
  'php-composer': () => [
    [
      'app/vendor/composer/installed.php',
      "<?php return array(\n    'root' => array(\n        'name' => 'a/b',\n        'pretty_version' => '1.0.0',\n        'version' => '1.0.0.0',\n    ),\n    'versions' => array(),\n);\n",
    ],
  ],
  python: () => [
    [
      'usr/lib/python3/dist-packages/a-1.dist-info/RECORD',
      'a/__init__.py,sha256=x,1\n"a/b,c.py",,\n',
      { siblings: { METADATA: 'Name: a\nVersion: 1\n' } },
    ],
    [
      'usr/lib/python3/dist-packages/a.egg-info/installed-files.txt',
      '../a/__init__.py\nPKG-INFO\n',
      { siblings: { 'PKG-INFO': 'Name: a\nVersion: 1\n' } },
    ],
    [
      'usr/lib/python3/dist-packages/a-1-py3.11.egg',
      zip([
        {
          name: 'EGG-INFO/PKG-INFO',
          content: 'Name: a\nVersion: 1\nRequires-Dist: b[c,d] (>=1) ; python_version < "3"\n',
        },
      ]),
    ],
  ],
  rpm: () => [
    ...RPM_FIXTURES.map((name): Sample => [`var/lib/rpm/${name}`, rpmFixture(name)]),
    ['usr/lib/sysimage/rpm/Packages.db', ndbFile([])],
  ],
  'rust-binary': () =>
    (['pe', 'mach-o'] as const).map((format): Sample => [
      'usr/bin/a',
      executable({ ...ELF, format, section: '.dep-v0' }, deflateSync(RUST)),
      MODE,
    ]),
  wordpress: () => [['srv/wp-includes/version.php', "<?php\n$wp_version = '6.5.2';\n"]],
};

/** Files of each format that the cataloger of this id reads, as they are in images. */
export function samplesOf(cataloger: string): readonly Sample[] {
  const first = SAMPLES[cataloger];
  return [...(first === undefined ? [] : [first]), ...(MORE[cataloger]?.() ?? [])];
}

function goShapes(): Buffer[] {
  const content = {
    goVersion: 'go1.17',
    modules: 'path\te.org/a\nmod\te.org/a\tv1.0.0\ndep\tb\tv2\n=>\tc\tv3\th1:x',
  };
  const shapes: GoProgramShape[] = (['elf', 'pe', 'mach-o'] as const).flatMap((format) =>
    ([4, 8] as const).map((wordBytes) => ({
      format,
      wordBytes,
      littleEndian: format !== 'elf' || wordBytes === 8,
      style: 'pointers',
      section: format !== 'pe' && wordBytes === 8,
    })),
  );
  const programs = shapes.map((shape) => goProgram(shape, content));
  return [...programs, universal(programs.slice(-2))];
}

function nestedJar(): Buffer {
  const inner = jar({ described: [DEPENDENCY], manifest: { 'Implementation-Version': '2' } });
  return jar({
    described: [{ group: 'g', artifact: 'a', version: '1', xml: POM }],
    manifest: { 'Start-Class': 'a.B', 'Bundle-SymbolicName': 'g.a;singleton:=true' },
    files: { 'WEB-INF/lib/b-2.jar': inner },
    storeFiles: true,
  });
}

/** Source of the layout: .NET's design document "single-file/bundler", version 6. */
function bundle(): Buffer {
  const mark = Buffer.from('8b1202b96a6120387b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae', 'hex');
  const host = executable(
    { ...ELF, section: '.data' },
    Buffer.concat([Buffer.alloc(108), mark, Buffer.alloc(50)]),
  );
  const header = Buffer.alloc(12 + 1 + 12 + 40);
  header.writeUInt32LE(6, 0);
  header.writeUInt8(12, 12);
  header.write('abcdefghijkl', 13);
  header.writeBigUInt64LE(BigInt(host.length), 25);
  header.writeBigUInt64LE(BigInt(DEPS.length), 33);
  host.writeBigUInt64LE(BigInt(host.length + DEPS.length), host.indexOf(mark) - 8);
  return Buffer.concat([host, Buffer.from(DEPS), header]);
}

function nixDatabase(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-nix-'));
  try {
    const store = new DatabaseSync(join(folder, 'db.sqlite'));
    store.exec(`PRAGMA page_size = 512;
      CREATE TABLE ValidPaths (id integer primary key autoincrement not null, path text unique not null);
      CREATE TABLE Refs (referrer integer not null, reference integer not null, primary key (referrer, reference));`);
    const add = store.prepare('INSERT INTO ValidPaths (path) VALUES (?)');
    for (let at = 0; at < 40; at += 1) add.run(`/nix/store/${'0'.repeat(32)}-package${at}-${at}.1`);
    store.exec('INSERT INTO Refs VALUES (2, 1), (3, 2), (3, 1)');
    store.close();
    return readFileSync(join(folder, 'db.sqlite'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
