import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { catalogers } from '../../agent/catalogers/index.ts';
import { LayerError } from '../../agent/layers/layer-error.ts';
import { DEFAULT_LIMITS, type LayerLimits, type LayerProblem } from '../../agent/layers/layer-source.ts';
import type { LayerLocation } from '../../agent/layers/location.ts';
import { createLayerScanner, type PackedScanResult } from '../../agent/layers/worker/layer-scanner.ts';
import { unpackLayer } from '../../agent/layers/worker/pack.ts';
import { writeTar, type TarEntry } from '../../cli/demo/tar-writer.ts';
import type { MergeLayer } from '../../core/compose.ts';
import type { Fact } from '../../core/facts.ts';
import { jar } from '../support/jar.ts';
import { blobOf } from '../support/layer-reading.ts';
import { peakGrowth } from '../support/peak-memory.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { RPM_FIXTURES, rpmFixture } from '../support/rpm-fixtures.ts';
import { zip } from '../support/zip.ts';
import { paxMember, rawMember, TAR_END, type RawMember } from '../unit/agent/layers/tar/raw-tar.ts';

/** Whole layers made to mislead, exhaust or stall: what is good in them is found all the same. */

const MEBIBYTE = 1 << 20;
/** What the agent may have in all; this process has the test besides. */
const MOST_GROWTH = 160 * MEBIBYTE;
/** Beyond it a layer fails, and so does the test: nothing here has reason to take so long. */
const LIMITS = { ...DEFAULT_LIMITS, milliseconds: 300_000 };

const GOOD: TarEntry = { path: 'app/package.json', content: '{"name":"good","version":"1.0.0"}' };
const OUTSIDE = 'it is outside of the layer';

const skip = needsRoot() || needsCommands('python3');
let work = '';

before(() => {
  work = mkdtempSync(join(tmpdir(), 'tallyman-hostile-'));
});
after(() => rmSync(work, { recursive: true, force: true }));

/** A folder with the good package in it. */
function folder(): string {
  const root = mkdtempSync(join(work, 'layer-'));
  put(root, GOOD.path, GOOD.content ?? '');
  return root;
}

function put(root: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

/** Python makes what Node cannot: odd names, devices, millions of anything. */
function make(root: string, program: string): void {
  execFileSync('python3', ['-c', `import os, socket, stat\nos.chdir(${JSON.stringify(root)})\n${program}`]);
}

function overlay(path: string): LayerLocation {
  return { kind: 'overlay-directory', path };
}

function tar(bytes: Uint8Array): LayerLocation {
  return { kind: 'blob', open: blobOf(bytes, MEBIBYTE) };
}

/** A blob in pieces of its own: who reads a blob takes the pieces away. */
function streamed(pieces: () => Iterable<Uint8Array>): LayerLocation {
  return {
    kind: 'blob',
    async *open() {
      for (const piece of pieces()) yield Uint8Array.from(piece);
    },
  };
}

interface Scanned extends MergeLayer {
  readonly problems: readonly LayerProblem[];
}

/** Scans in a thread of its own, in bounded memory, as the agent does; and merges what was found with itself. */
async function scan(t: TestContext, location: LayerLocation, limits: LayerLimits = LIMITS): Promise<Scanned> {
  const layers = createLayerScanner({ limits });
  t.after(() => layers.close());
  let result: PackedScanResult | undefined;
  const growth = await peakGrowth(async () => {
    const job = { diffId: 'sha256:x', location, catalogers: catalogers.map(({ id }) => id) };
    result = await layers.scanPacked(job);
  });
  assert.ok(growth < MOST_GROWTH, `${growth} bytes more`);
  assert.ok(result?.index !== undefined);
  const { index, facts, problems } = result;
  const packed = { diffId: 'sha256:x', index: index.compressed, facts };
  await layers.compose([packed]);
  return { ...unpackLayer(packed), problems };
}

function factsOf({ facts }: Scanned, cataloger: string): readonly Fact[] {
  return facts.find((one) => one.cataloger === cataloger)?.facts ?? [];
}

function assertGoodIsFound(result: Scanned): void {
  assert.deepEqual(
    factsOf(result, 'npm').flatMap(({ packages = [] }) => packages.map(({ name }) => name)),
    ['good'],
  );
}

function isLimit(error: unknown): boolean {
  return error instanceof LayerError && error.code === 'limit';
}

function pathsOf({ index }: Scanned): string[] {
  return [...index.entries()].map(({ kind, path }) => `${kind} ${path}`);
}

test('archives that inflate to a gigabyte, ten deep, are named and not unpacked', { skip }, async (t) => {
  let bytes: Uint8Array = jar({ files: { 'lib/zeros-1.0.jar': Buffer.alloc(128 * MEBIBYTE) } });
  const eight = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`lib/zeros${at}-1.0.jar`, bytes]));
  bytes = jar({ files: eight });
  for (let depth = 0; depth < 10; depth += 1) bytes = jar({ files: { 'lib/deeper-1.0.jar': bytes } });
  const root = folder();
  put(root, 'app/bomb.jar', bytes);
  put(root, 'app/flat.jar', jar({ files: eight }));
  for (const location of [overlay(root), tar(writeTar([GOOD, { path: 'app/bomb.jar', content: bytes }]))]) {
    const result = await scan(t, location);
    assertGoodIsFound(result);
    const [bomb, flat] = factsOf(result, 'java');
    assert.match(bomb?.truncated ?? '', /too deep|larger than/);
    if (flat !== undefined) assert.match(flat.truncated ?? '', /larger than/);
  }
});

test('a folder 5,000 deep is listed as far as paths can be written', { skip }, async (t) => {
  const root = folder();
  make(root, `for _ in range(5000): os.mkdir('d'); os.chdir('d')`);
  const result = await scan(t, overlay(root));
  assertGoodIsFound(result);
  assert.match(JSON.stringify(result.problems), /ENAMETOOLONG|too long/);
  const path = Array.from({ length: 5000 }, () => 'd').join('/');
  assertGoodIsFound(await scan(t, tar(writeTar([GOOD, { path, type: 'directory' }]))));
});

test('a tar of a million names is listed', { skip }, async (t) => {
  const template = rawMember({ name: 'many/0000000' });
  const sum = Number.parseInt(template.toString('latin1', 148, 154), 8);
  const million = streamed(function* () {
    yield writeTar([GOOD]).subarray(0, -1024);
    for (let batch = 0; batch < 1000; batch += 1) {
      const members = Buffer.alloc(1000 * template.length);
      for (let at = 0; at < 1000; at += 1) {
        const digits = String(batch * 1000 + at).padStart(7, '0');
        const added = digits.split('').reduce((total, digit) => total + Number(digit), 0);
        members.set(template, at * template.length);
        members.write(digits, at * template.length + 'many/'.length);
        members.write((sum + added).toString(8).padStart(6, '0'), at * template.length + 148);
      }
      yield members;
    }
    yield TAR_END;
  });
  const result = await scan(t, million);
  assertGoodIsFound(result);
  assert.equal(result.index.entryCount, 1_000_003);
});

test('a folder of a million names is listed', { skip }, async (t) => {
  // Names are made in memory, where they take seconds; on a disk it is a minute until they are there and gone again.
  const root = mkdtempSync(join(work, 'many-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'nr_inodes=0', 'tmpfs', root]);
  t.after(() => execFileSync('umount', [root]));
  put(root, GOOD.path, GOOD.content ?? '');
  make(
    root,
    `os.mkdir('many'); os.chdir('many'); open('n', 'w').close()
for i in range(1000000): os.link('n', f'name-{i}')`,
  );
  const result = await scan(t, overlay(root));
  assertGoodIsFound(result);
  assert.equal(result.index.entryCount, 1_000_004);
});

/** A tar of the good file and these members, never whole in memory. */
function longTar(members: () => Iterable<Buffer>): LayerLocation {
  return streamed(function* () {
    let batch = [writeTar([GOOD]).subarray(0, -1024)];
    let bytes = 0;
    for (const member of members()) {
      batch.push(member);
      bytes += member.length;
      if (bytes < MEBIBYTE) continue;
      yield Buffer.concat(batch);
      [batch, bytes] = [[], 0];
    }
    yield Buffer.concat([...batch, TAR_END]);
  });
}

/** A tar of many like files after the good one. */
function tarOf(count: number, file: (at: number) => RawMember): LayerLocation {
  return longTar(function* () {
    for (let at = 0; at < count; at += 1) yield rawMember(file(at));
  });
}

test(
  'of very many files that may tell of packages as many are read as there is room for',
  { skip },
  async (t) => {
    const empty = await scan(
      t,
      tarOf(130_000, (at) => ({ name: `m/${at}/package.json` })),
    );
    const good = factsOf(empty, 'npm').filter(({ status }) => status === 'found');
    assert.equal(good.length, 1);
    assert.match(
      JSON.stringify(factsOf(empty, 'npm')),
      /left out, and \d+ others: the layer has too many files/,
    );
    assert.match(JSON.stringify(empty.problems), /too many files/);
    const count = 130_000;
    const root = folder();
    make(root, `for i in range(${count}): os.mknod(f'{i}.key')`);
    const listed = await scan(t, overlay(root));
    assert.equal(listed.index.entryCount, count + 2);
    assertGoodIsFound(listed);
    const [first] = factsOf(listed, 'credentials').filter(({ status }) => status === 'error');
    assert.match(first?.message ?? '', /left out, and \d+ others: the layer has too many files/);
  },
);

test('many large files with a little in each are found, and not kept whole', { skip }, async (t) => {
  const filling = 'x '.repeat(MEBIBYTE / 2);
  const dpkg = await scan(
    t,
    tarOf(200, (at) => ({
      name: `var/lib/dpkg/status.d/p${at}`,
      content: `Package: a-package-${at}\nVersion: 1\nMaintainer: somebody at some where\nDescription: ${filling}\n`,
    })),
  );
  assert.equal(factsOf(dpkg, 'dpkg').filter(({ packages }) => packages?.length === 1).length, 200);
  const copyright = await scan(
    t,
    tarOf(200, (at) => ({
      name: `usr/share/doc/p${at}/copyright`,
      content: `Format: x\n\nFiles: *\nLicense: a-license-of-some-length-${at}\n ${filling}\n`,
    })),
  );
  assert.equal(
    factsOf(copyright, 'dpkg-copyright').filter(({ licenses }) => licenses?.length === 1).length,
    200,
  );
});

test('packages that say a lot are left out once there is no room, which is said', { skip }, async (t) => {
  const long = 'x'.repeat(MEBIBYTE);
  const vendors = await scan(
    t,
    tarOf(100, (at) => ({
      name: `var/lib/dpkg/status.d/p${at}`,
      content: `Package: p${at}\nVersion: 1\nMaintainer: ${long}\n`,
    })),
  );
  assertGoodIsFound(vendors);
  const facts = factsOf(vendors, 'dpkg');
  assert.equal(facts.length, 100);
  assert.ok(facts.some(({ packages }) => packages?.length === 1));
  assert.ok(facts.some(({ truncated }) => /packages were left out/.test(truncated ?? '')));
});

test('names that are given again and again are a layer too large', { skip }, async (t) => {
  const target = 't'.repeat(3000);
  const links = tarOf(60_000, (at) => ({
    name: `l${at % 30_000}`,
    type: '2',
    link: target.slice(0, 100),
  }));
  assertGoodIsFound(await scan(t, links));
  const longLinks = longTar(function* () {
    for (let at = 0; at < 80_000; at += 1) {
      yield paxMember('x', [['linkpath', target]]);
      yield rawMember({ name: `l${at % 40_000}`, type: '2' });
    }
  });
  await assert.rejects(scan(t, longLinks), isLimit);
});

test('compression that unfolds without end ends at the limit', { skip }, async (t) => {
  const limits = { ...LIMITS, tarBytes: 512 * MEBIBYTE };
  const header = rawMember({ name: 'zeros', size: 8 * 1024 * MEBIBYTE }).subarray(0, 512);
  const zeros = Buffer.alloc(64 * MEBIBYTE);
  const forms = {
    gzip: [gzipSync(Buffer.concat([header, zeros])), gzipSync(zeros)],
    zstd: [zstdCompressSync(Buffer.concat([header, zeros])), zstdCompressSync(zeros)],
  };
  for (const [name, [first, more]] of Object.entries(forms)) {
    const location = streamed(function* () {
      yield first ?? Buffer.alloc(0);
      for (;;) yield more ?? Buffer.alloc(0);
    });
    await assert.rejects(scan(t, location, limits), isLimit, name);
  }
});

test('a window of two gigabytes is refused, and nothing is set aside for it', { skip }, async (t) => {
  const frame = zstdCompressSync(writeTar([GOOD]), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });
  // A frame whose header says its window: RFC 8878, section 3.1.1.1.2; the largest that decoders of 32 bits know.
  const descriptor = frame[4] ?? 0;
  assert.equal(descriptor & 0x20, 0, 'the frame has no window');
  frame[5] = (31 - 10) << 3;
  await assert.rejects(scan(t, tar(frame)), LayerError);
});

test('links lead nowhere, and nothing but files is opened', { skip }, async (t) => {
  const outside = mkdtempSync(join(work, 'outside-'));
  put(outside, 'os-release', `ID=outside\nNAME="${OUTSIDE}"\n`);
  put(outside, 'status', `Package: outside\nVersion: 1\n`);
  put(outside, 'app/package.json', '{"name":"outside","version":"1.0.0"}');
  put(outside, 'shadow', 'outside::1::::::\n');
  const root = folder();
  const up = '../'.repeat(40);
  make(
    root,
    `for d in ('etc', 'var/lib', 'usr/lib', 'srv', 'odd', 'opt/x/bin', 'usr/share/doc/x'): os.makedirs(d)
outside = ${JSON.stringify(outside)}
os.symlink(outside + '/os-release', 'etc/os-release'); os.symlink('${up}' + outside[1:] + '/os-release', 'usr/lib/os-release')
os.symlink(outside, 'var/lib/dpkg'); os.symlink(outside + '/shadow', 'etc/shadow'); os.symlink('/etc/shadow', 'etc/shadow-')
os.symlink(outside + '/app', 'srv/app'); os.symlink('/', 'root'); os.symlink('..', 'srv/up')
os.symlink('b', 'odd/a'); os.symlink('a', 'odd/b'); os.symlink('package.json', 'odd/package.json')
os.mkfifo('opt/package.json'); os.mkfifo('opt/x/bin/bash', 0o777); os.mknod('opt/x/package.json', 0o666 | stat.S_IFCHR, os.makedev(1, 5))
s = socket.socket(socket.AF_UNIX); s.bind('usr/share/doc/x/copyright')
os.mknod('odd/x.jar', 0o666 | stat.S_IFCHR, os.makedev(0, 0)); os.mknod('odd/sda', 0o666 | stat.S_IFBLK, os.makedev(8, 0))
for name in (b'new\\nline', b'tab\\tin it', b'\\xff\\xfe', b'n' * 255):
  os.mkdir(b'odd/' + name); open(b'odd/' + name + b'/package.json', 'w').write('{"name":"odd","version":"1.0.0"}')`,
  );
  const result = await scan(t, overlay(root));
  const names = factsOf(result, 'npm').map(({ path, packages }) => [path, packages?.[0]?.name]);
  assert.deepEqual(names, [
    ['app/package.json', 'good'],
    ['odd/new\nline/package.json', 'odd'],
    [`odd/${'n'.repeat(255)}/package.json`, 'odd'],
    ['odd/tab\tin it/package.json', 'odd'],
    ['odd/\udcff\udcfe/package.json', 'odd'],
  ]);
  assert.doesNotMatch(JSON.stringify(result.facts), /outside/);
  for (const id of ['os-release', 'dpkg', 'credentials', 'shells', 'dpkg-copyright', 'java'])
    assert.deepEqual(factsOf(result, id), [], id);
  const paths = pathsOf(result);
  for (const path of ['whiteout odd/x.jar', 'symlink var/lib/dpkg', 'other opt/package.json', 'symlink root'])
    assert.ok(paths.includes(path), path);
});

test('a tar leads nowhere either', { skip }, async (t) => {
  const outside = join(mkdtempSync(join(work, 'outside-')), 'package.json');
  writeFileSync(outside, '{"name":"outside","version":"1.0.0"}');
  const bytes = Buffer.concat([
    writeTar([
      GOOD,
      { path: 'a/package.json', type: 'hardlink', target: outside },
      { path: 'b/package.json', type: 'hardlink', target: `${'../'.repeat(40)}${outside.slice(1)}` },
      { path: 'c/package.json', type: 'symlink', target: outside },
      { path: 'd/package.json', type: 'fifo' },
      { path: 'e/package.json', type: 'character-device' },
    ]).subarray(0, -1024),
    rawMember({ name: '../../package.json', content: '{"name":"outside","version":"1.0.0"}' }),
    TAR_END,
  ]);
  const result = await scan(t, tar(bytes));
  assertGoodIsFound(result);
  const told = JSON.stringify([result.problems, result.facts]);
  for (const path of ['a/package.json', 'b/package.json', '../../package.json'])
    assert.ok(told.includes(path), path);
});

test('tars whose headers lie are refused, or what they lie about is told', { skip }, async (t) => {
  const start = writeTar([GOOD]).subarray(0, -1024);
  const huge = '9'.repeat(18);
  const refused: readonly (readonly [string, readonly Buffer[]])[] = [
    ['a size beyond its end', [rawMember({ name: 'x', size: 0o77777777777 })]],
    ['a pax size beyond all', [paxMember('x', [['size', huge]]), rawMember({ name: 'x' })]],
    ['a pax size beyond its end', [paxMember('x', [['size', '8000000000']]), rawMember({ name: 'x' })]],
    ['a pax header of gigabytes', [rawMember({ name: 'pax', type: 'x', size: 0o37777777777 })]],
    ['a long name of gigabytes', [rawMember({ name: '././@LongLink', type: 'L', size: 0o37777777777 })]],
    ['a negative size', [rawMember({ name: 'x', size: Buffer.alloc(12, 0xff) })]],
    ['no header', [Buffer.alloc(512, 0x41)]],
  ];
  for (const [what, members] of refused) {
    await assert.rejects(scan(t, tar(Buffer.concat([start, ...members, TAR_END]))), LayerError, what);
  }
  const sparse = [
    paxMember('x', [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'sparse/package.json'],
      ['GNU.sparse.realsize', huge],
    ]),
    rawMember({ name: 'x', content: '1\n0\n999999999999\n' }),
  ];
  const result = await scan(t, tar(Buffer.concat([start, ...sparse, TAR_END])));
  assert.deepEqual(
    factsOf(result, 'npm').map(({ path, status }) => [path, status]),
    [
      ['app/package.json', 'found'],
      ['sparse/package.json', 'error'],
    ],
  );
});

test('package databases that were cut give what is left, or say why not', { skip }, async (t) => {
  const paragraph = 'Package: p0000\nStatus: install ok installed\nVersion: 1\n';
  const text = Array.from({ length: 3000 }, (_, at) => paragraph.replace('0000', String(1000 + at))).join(
    '\n',
  );
  for (const share of [0.01, 0.3, 0.7, 0.99]) {
    const root = folder();
    for (const name of RPM_FIXTURES) {
      const bytes = rpmFixture(name);
      put(root, `var/lib/rpm/${name}`, bytes.subarray(0, Math.floor(bytes.length * share)));
    }
    put(root, 'var/lib/dpkg/status', text.slice(0, text.length * share));
    const result = await scan(t, overlay(root));
    assertGoodIsFound(result);
    const rpm = factsOf(result, 'rpm');
    assert.equal(rpm.length, RPM_FIXTURES.length);
    for (const fact of rpm) assert.ok(fact.message ?? fact.truncated, `${fact.path} cut at ${share}`);
    const found = factsOf(result, 'dpkg')[0]?.packages?.length ?? 0;
    assert.ok(Math.abs(found - 3000 * share) <= 2, `${found} of 3000 at ${share}`);
  }
});

test('files that one parser chokes on take nothing from the others', { skip }, async (t) => {
  const root = folder();
  const lines = Buffer.alloc(70 * MEBIBYTE, '\n');
  put(root, 'var/lib/dpkg/status.d/x.md5sums', lines);
  put(root, 'lib/apk/db/installed', Buffer.alloc(70 * MEBIBYTE, 'a'));
  put(root, 'app/x.cdx.json', Buffer.alloc(32 * MEBIBYTE, '[],'));
  for (let at = 0; at < 6; at += 1)
    put(root, `var/lib/pacman/local/x-${at}/files`, `%FILES%\n${`a-file-of-some-length\n`.repeat(700_000)}`);
  const result = await scan(t, overlay(root));
  assertGoodIsFound(result);
  for (const id of ['dpkg', 'apk', 'embedded-sbom', 'pacman'])
    for (const { path, truncated } of factsOf(result, id)) assert.match(truncated ?? '', /\d/, path);
});

test('files of a tebibyte of nothing are named and not read', { skip }, async (t) => {
  const root = folder();
  const begins: Readonly<Record<string, string>> = {
    'var/lib/dpkg/status': 'Package: x\n',
    'var/lib/rpm/Packages': `${'\0'.repeat(12)}\x61\x15\x06\0\x09\0\0\0`,
    'var/lib/rpm/Packages.db': `RpmP\0\0\0\0${'\xff'.repeat(8)}`,
    'nix/var/nix/db/db.sqlite': 'SQLite format 3\0',
    'usr/bin/node': '\x7fELF\x02\x01\x01',
    'app/x.cdx.json': '{',
    'app/.pnp.cjs': '',
    'root/.ssh/id_rsa': '-',
  };
  for (const [path, text] of Object.entries(begins)) put(root, path, Buffer.from(text, 'latin1'));
  make(root, `for n in ${JSON.stringify(Object.keys(begins))}: os.truncate(n, 1 << 40); os.chmod(n, 0o755)`);
  const result = await scan(t, overlay(root));
  assertGoodIsFound(result);
  for (const id of ['dpkg', 'rpm', 'nix', 'embedded-sbom', 'npm', 'credentials'])
    assert.ok(
      factsOf(result, id).some(({ message, truncated }) => /\d/.test(message ?? truncated ?? '')),
      id,
    );
});

test(
  'an archive of one file under thousands of names is read a bounded number of times',
  { skip },
  async (t) => {
    const root = folder();
    const props = Buffer.concat([Buffer.from('groupId=g\n'), Buffer.alloc(4 * MEBIBYTE, '#aaaaaaa\n')]);
    const inner = jar({ files: { 'META-INF/maven/g/a/pom.properties': props } });
    for (const [name, content, entry] of [
      ['descriptions', props, 'META-INF/maven/g/a/pom.properties'],
      ['archives', inner, 'lib/a-1.0.jar'],
    ] as const) {
      const claims = { size: content.length, compressedSize: deflateRawSync(content).length, headerStart: 0 };
      const again = Array.from({ length: 20_000 }, (_, at) => {
        return { name: entry.replace('a', `a${at}`), content: '', claims };
      });
      put(root, `app/${name}.jar`, zip([{ name: entry, content }, ...again]));
    }
    const result = await scan(t, overlay(root));
    assertGoodIsFound(result);
    for (const { path, truncated } of factsOf(result, 'java'))
      assert.match(truncated ?? '', /larger than/, path);
    assert.equal(factsOf(result, 'java').length, 2);
  },
);

test('a hundred thousand empty members before a layer are passed over', { skip }, async (t) => {
  const empty = gzipSync('');
  const members = [...Array.from({ length: 100_000 }, () => empty), gzipSync(writeTar([GOOD]))];
  assertGoodIsFound(await scan(t, tar(Buffer.concat(members))));
});
