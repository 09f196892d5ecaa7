import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { java } from '../../../../../agent/catalogers/java/index.ts';
import type { FactContent } from '../../../../../core/facts.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { jar } from '../../../../support/jar.ts';
import { bufferFile } from '../../../../support/layer-file.ts';
import { zip } from '../../../../support/zip.ts';

const tool = {
  group: 'com.acme',
  artifact: 'tool',
  version: '1.2',
  xml: '<project><version>1</version></project>',
};
const dep = { group: 'org.dep', artifact: 'dep', version: '3' };

function parse(bytes: Uint8Array): FactContent {
  return java.parse(bufferFile('app/tool-1.2.jar', bytes));
}

/** What an archive costs beyond itself. */
function costOf(bytes: Uint8Array): FactContent & { readonly readBytes: number } {
  const file = bufferFile('app/tool-1.2.jar', bytes);
  let readBytes = 0;
  const read = (offset: number, length: number): Uint8Array => {
    const part = file.read(offset, length);
    readBytes += part.length;
    return part;
  };
  const content = java.parse({ ...file, read });
  return { ...content, readBytes };
}

test('any damage to archives gives less, or an error', () => {
  const inner = jar({ described: [dep], files: { 'lib/x-1.jar': jar({ classes: ['a/B'] }) } });
  const seeds = [true, false].map((storeFiles) =>
    jar({
      described: [tool],
      manifest: { 'Start-Class': 'x' },
      files: { 'BOOT-INF/lib/dep-3.jar': inner },
      storeFiles,
    }),
  );
  fc.assert(
    fc.property(hostileBytes(...seeds), (bytes) => assertSurvives(java, 'app/tool-1.2.jar', bytes)),
    { numRuns: 2000 },
  );
});

test('archives in archives are opened to a depth, what lies deeper is told', () => {
  for (const storeFiles of [true, false]) {
    let bytes = jar({ described: [dep] });
    for (let i = 0; i < 30; i += 1) bytes = jar({ files: { 'lib/x-1.jar': bytes }, storeFiles });
    const { packages = [], truncated } = parse(bytes);
    assert.match(truncated ?? '', /too deep/);
    assert.ok(packages.length <= 10);
  }
});

test('an archive that inflates beyond all measure is not opened, but named', () => {
  const bomb = Buffer.alloc(4 << 20);
  const { packages = [], truncated } = parse(jar({ described: [tool], files: { 'lib/bomb-1.0.jar': bomb } }));
  assert.match(truncated ?? '', /bomb-1\.0\.jar is larger than/);
  assert.deepEqual(
    packages.map(({ name, version, sha1 }) => [name, version, sha1]),
    [
      ['tool', '1.2', undefined],
      ['bomb', '1.0', undefined],
    ],
  );
});

test('many archives that are one and the same cost no more than the budget', () => {
  const content = Buffer.concat([randomBytes(64 << 10), Buffer.alloc(960 << 10)]);
  const size = { size: content.length, compressedSize: deflateRawSync(content).length };
  const members = Array.from({ length: 20_000 }, (_, i) => ({
    name: `lib/${i}.jar`,
    content: i === 0 ? content : '',
    stored: i > 0,
    ...(i > 0 && { claims: { headerStart: 0, method: 8, ...size } }),
  }));
  const { truncated, readBytes } = costOf(zip(members));
  assert.match(truncated ?? '', /larger than.*more/);
  assert.ok(readBytes < 64 << 20, `${readBytes} bytes read`);
});

test('archives that hold one archive under a hundred names, over and over, are opened so often and no more', () => {
  let bytes: Uint8Array = jar({ described: [dep] });
  for (let depth = 0; depth < 6; depth += 1) {
    const content = bytes;
    const same = { claims: { headerStart: 0, size: content.length }, content: '', stored: true };
    const others = Array.from({ length: 99 }, (_, i) => ({ name: `${i}-1.jar`, ...same }));
    bytes = zip([{ name: 'a-1.jar', content, stored: true }, ...others]);
  }
  const { truncated, packages = [], readBytes } = costOf(bytes);
  assert.match(truncated ?? '', /too many were; .* more/);
  assert.ok(packages.length <= 50_000);
  assert.ok(readBytes < 1 << 30, `${readBytes} bytes read`);
});

test('of a million names only so many are read', () => {
  const { truncated } = costOf(longDirectory(1_100_000));
  assert.match(truncated ?? '', /too many names/);
});

test('descriptions of a megabyte each are read as far as the budget goes', () => {
  const xml = ' '.repeat(1 << 20);
  const described = Array.from({ length: 100 }, (_, i) => ({ ...dep, artifact: `dep${i}`, xml }));
  const { packages = [], truncated } = parse(jar({ described }));
  assert.match(truncated ?? '', /larger than/);
  assert.equal(packages.length, 101);
});

test('of too many descriptions in one archive it is said that some were left out', () => {
  const described = Array.from({ length: 2501 }, (_, i) => ({
    ...dep,
    artifact: `dep${i}`,
    xml: '<project/>',
  }));
  const { packages = [], truncated } = parse(jar({ described }));
  assert.match(truncated ?? '', /^only the first 5000 descriptions in an archive were read$/);
  assert.equal(packages.length, 2501);
});

test('of too many packages it is said that some were left out', () => {
  const inner = jar({ described: Array.from({ length: 2400 }, (_, i) => ({ ...dep, artifact: `dep${i}` })) });
  const files = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`lib/x${i}-1.jar`, inner]));
  const { packages = [], truncated } = parse(jar({ files }));
  assert.match(truncated ?? '', /only the first 50000 packages are told/);
  assert.equal(packages.length, 50_000);
});

/** An archive of many files of one byte names that are nowhere. */
function longDirectory(count: number): Buffer {
  const one = zip([{ name: 'x', content: '', stored: true }]);
  const end = one.subarray(-22);
  const entry = one.subarray(one.length - 22 - 47, one.length - 22);
  const directory = Buffer.alloc(count * entry.length, entry);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(0, 16);
  return Buffer.concat([directory, end]);
}
