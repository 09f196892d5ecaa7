import type { LayerFile } from '../../core/layer.ts';

/** Content that is made as it is read: a head, then one text over and over. */
export interface HostileContent {
  readonly head: Uint8Array;
  readonly filling: Uint8Array;
  /** Bytes in all, as the file says. */
  readonly size: number;
  /** Bytes that reads give, of a file that was cut after it was opened. */
  readonly left?: number;
}

/** A path that each cataloger would read; a test asserts that there is one for all that are registered. */
export const CANDIDATES: readonly string[] = [
  'etc/os-release',
  ...['status', 'status.d/x.md5sums', 'info/x.list'].map((name) => `var/lib/dpkg/${name}`),
  'lib/apk/db/installed',
  ...['Packages', 'Packages.db', 'rpmdb.sqlite'].map((name) => `var/lib/rpm/${name}`),
  'var/lib/rpmmanifest/container-manifest-2',
  ...['node_modules/x/package.json', '.pnp.cjs', '.pnp.data.json'].map((name) => `app/${name}`),
  ...['METADATA', 'RECORD'].map((name) => `usr/lib/python3/dist-packages/x-1.dist-info/${name}`),
  ...['x.egg-info/installed-files.txt', 'x-1-py3.11.egg'].map(
    (name) => `usr/lib/python3/dist-packages/${name}`,
  ),
  ...['tool', 'node', 'busybox', 'tool.exe'].map((name) => `usr/bin/${name}`),
  'usr/lib/libssl.so.3',
  'usr/lib/ruby/gems/3.1.0/specifications/x-1.gemspec',
  ...['installed.json', 'installed.php'].map((name) => `app/vendor/composer/${name}`),
  'usr/share/php/.registry/x.reg',
  ...['desc', 'files'].map((name) => `var/lib/pacman/local/x-1/${name}`),
  ...['status', 'info/x.control', 'info/x.list'].map((name) => `usr/lib/opkg/${name}`),
  'var/db/pkg/app-misc/x-1/CONTENTS',
  ...['x.jar', 'x.war', 'META-INF/maven/g/x/pom.properties'].map((name) => `app/${name}`),
  'opt/conda/conda-meta/x-1-0.json',
  'usr/lib/R/library/x/DESCRIPTION',
  'usr/share/perl5/.meta/x-1/install.json',
  'usr/share/lua/5.4/rocks/x/1-1/x-1-1.rockspec',
  'opt/java/release',
  'var/lib/chisel/manifest.wall',
  'app/x.deps.json',
  ...['app/x.spdx.json', 'app/x.cdx.json'],
  ...['.bitnami_components.json', 'x/.spdx-x.spdx'].map((name) => `opt/bitnami/${name}`),
  ...['wp-content/plugins/x/x.php', 'wp-includes/version.php'].map((name) => `srv/${name}`),
  'nix/var/nix/db/db.sqlite',
  ...['INSTALL_RECEIPT.json', '.brew/x.rb'].map((name) => `opt/Cellar/x/1/${name}`),
  ...['.env', 'gcp-credentials.json', 'server.key', 'keystore.jks'].map((name) => `app/${name}`),
  'etc/shadow',
  'usr/share/doc/x/copyright',
  'etc/cos-package-info.json',
  'usr/share/bottlerocket/application-inventory.json',
  'usr/lib/erlang/lib/x-1/ebin/x.app',
  'root/.opam/5.1/.opam-switch/packages/x.1/opam',
  'root/.julia/packages/X/93Ea8/Project.toml',
  'root/buildinfo/Dockerfile-ubi9-9.4-1',
  `root/.nimble/pkgs2/x-1.0.0-${'0'.repeat(40)}/x.nimble`,
  'app/A.dll',
  'var/lib/dpkg/updates/0001',
];

const MEBIBYTE = 1 << 20;

/** Ids of those that read more than text. */
const READERS_OF_BINARY: ReadonlySet<string> = new Set([
  'binary',
  'chisel',
  'credentials',
  'dotnet',
  'dotnet-assembly',
  'elf-note',
  'file-modes',
  'go-binary',
  'java',
  'nix',
  'pear',
  'python',
  'rpm',
  'rust-binary',
  'shells',
]);

/** Beginnings that make readers believe in what follows. */
const MAGICS: Readonly<Record<string, Uint8Array | string>> = {
  elf: Buffer.from('7f454c4602010100000000000000000003003e0001000000', 'hex'),
  'elf of 32 bits, big-endian': Buffer.from('7f454c460102010000000000000000000003000800000001', 'hex'),
  pe: Buffer.concat([Buffer.from('MZ'), Buffer.alloc(58), Buffer.from('40000000504500006486', 'hex')]),
  'mach-o, universal': Buffer.from('cafebabe00ffffff', 'hex'),
  'mach-o': Buffer.from('cffaedfe07000001', 'hex'),
  zip: Buffer.from('504b0304ffffffff', 'hex'),
  sqlite: 'SQLite format 3\0',
  'berkeley db': Buffer.concat([Buffer.alloc(12), Buffer.from('6115060009000000', 'hex')]),
  ndb: Buffer.from('52706d5000000000', 'hex'),
  gzip: Buffer.from('1f8b08ffffffffff', 'hex'),
  zstd: Buffer.from('28b52ffd', 'hex'),
  jks: Buffer.from('feedfeed00000002ffffffff', 'hex'),
  'serialized php': 'a:2147483647:{s:4294967295:"',
};

/** What fills whole files, long enough to pass every cap on one. */
const FILLINGS: Readonly<Record<string, string | Uint8Array>> = {
  'one line': 'a',
  'one line of letters beyond Latin': '\u4e2d',
  'line breaks': '\n',
  zeros: Uint8Array.of(0),
  'bytes that are no text': Uint8Array.from({ length: 4096 }, (_, at) => (at * 2654435761) >>> 24),
  'short paths': '/a\n/b\n',
  'short fields': 'P:a\nR:b\n\nPackage: c\n\n',
};

/** Texts for readers of certain ids. Fillings of many characters come as often as there is room. */
const TEXTS: readonly {
  readonly name: string;
  readonly of: readonly string[];
  readonly head: string;
  readonly filling: string;
  readonly mebibytes: number;
}[] = [
  {
    name: 'a package of endless relations',
    of: ['dpkg', 'opkg', 'r'],
    head: 'Package: x\nVersion: 1\nBuilt: 1\nDepends: ',
    filling: 'b, ',
    mebibytes: 80,
  },
  {
    name: 'packages of many relations',
    of: ['dpkg', 'opkg'],
    head: '',
    filling: `Package: x\nVersion: 1\nDepends: ${'b|c,'.repeat(100_000)}\n\n`,
    mebibytes: 80,
  },
  {
    name: 'a package with lines that go on and on',
    of: ['dpkg', 'opkg', 'python', 'r'],
    head: 'Package: x\nName: x\nVersion: 1\nLicense:',
    filling: '\n a',
    mebibytes: 80,
  },
  {
    name: 'packages that need thousands',
    of: ['apk'],
    head: '',
    filling: `P:x\nD:${'b '.repeat(500_000)}\np:${'<'.repeat(100_000)}\r<\n\n`,
    mebibytes: 80,
  },
  {
    name: 'requirements for an extra',
    of: ['python'],
    head: 'Name: x\nVersion: 1\nRequires-Dist: ',
    filling: 'ra;',
    mebibytes: 2,
  },
  { name: 'a list of files', of: ['pacman'], head: '%NAME%\nx\n\n%FILES%\n', filling: 'a\n', mebibytes: 80 },
  {
    name: 'requirements that confuse',
    of: ['pacman'],
    head: `%NAME%\nx\n%VERSION%\n1\n\n%DEPENDS%\n${'<'.repeat(200_000)}\r<\n`,
    filling: '%A%\n',
    mebibytes: 1,
  },
  { name: 'files', of: ['portage'], head: '', filling: 'obj /a 0 1\n', mebibytes: 80 },
  { name: 'digests of files', of: ['dpkg'], head: '', filling: '0 a\n', mebibytes: 80 },
  {
    name: 'properties that confuse',
    of: ['java'],
    head: '',
    filling: `a${'!'.repeat(250_000)}\u2028\n`,
    mebibytes: 2,
  },
  ...[
    { name: 'brackets without end', head: '', filling: '[', mebibytes: 2 },
    { name: 'objects without end', head: '', filling: '{"a":', mebibytes: 2 },
    { name: 'lists of lists', head: '{"files":[', filling: '[],', mebibytes: 30 },
    { name: 'keys without end', head: '{', filling: '"a":1,"b":', mebibytes: 30 },
    { name: 'a name of megabytes', head: '{"name":"\u4e2d', filling: 'x', mebibytes: 31 },
  ].map((one) => ({
    ...one,
    of: ['bitnami', 'conda', 'dotnet', 'embedded-sbom', 'npm', 'perl', 'php-composer'],
  })),
];

/** Files made to mislead, exhaust or stall the reader of this id. */
export function hostileContents(cataloger: string): ReadonlyMap<string, HostileContent> {
  const contents = new Map<string, HostileContent>([['nothing at all', contentOf('', '-', 0)]]);
  contents.set('a file that shrinks', { ...contentOf('Package: x\n', 'a\n', 80 * MEBIBYTE), left: 4096 });
  for (const [name, filling] of Object.entries(FILLINGS))
    contents.set(`80 MiB of ${name}`, contentOf('', filling, 80 * MEBIBYTE));
  for (const { name, of, head, filling, mebibytes } of TEXTS)
    if (of.includes(cataloger)) contents.set(name, contentOf(head, filling, mebibytes * MEBIBYTE));
  if (!READERS_OF_BINARY.has(cataloger)) return contents;
  for (const [name, magic] of Object.entries(MAGICS)) {
    contents.set(`${name} whose numbers are all lies`, contentOf(magic, Uint8Array.of(0xff), 64 << 10));
    contents.set(`${name} and then zeros`, contentOf(magic, Uint8Array.of(0), 600 << 20));
    contents.set(`${name} and nothing more`, contentOf(magic, '-', Buffer.from(magic as string).length));
  }
  return contents;
}

function contentOf(head: string | Uint8Array, filling: string | Uint8Array, size: number): HostileContent {
  return { head: Buffer.from(head as string), filling: Buffer.from(filling as string), size };
}

/** A file of such content. What lies beside it is the same. */
export function hostileFile(path: string, content: HostileContent): LayerFile {
  const { head, filling, size, left = size } = content;
  return {
    path,
    size,
    mode: 0o4777,
    read(offset, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, left - offset)));
      const phase = Math.max(0, offset - head.length) % filling.length;
      const turned = Buffer.concat([filling.subarray(phase), filling.subarray(0, phase)]);
      bytes.fill(turned, Math.min(bytes.length, Math.max(0, head.length - offset)));
      bytes.set(head.subarray(offset, offset + bytes.length));
      return bytes;
    },
    sibling: (name) => hostileFile(path.slice(0, path.lastIndexOf('/') + 1) + name, content),
  };
}
