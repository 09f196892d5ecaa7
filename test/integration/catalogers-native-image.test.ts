import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { embeddedSbom } from '../../agent/catalogers/embedded-sbom/index.ts';
import type { Fact } from '../../core/facts.ts';
import { purlOf } from '../../core/purl.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { assertSurvives, hostileBytes } from '../support/hostile.ts';
import { needsCommands } from '../support/requirements.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-native-image-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

const DOCUMENT = JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  components: [
    {
      type: 'library',
      group: 'io.netty',
      name: 'netty-codec-http2',
      version: '4.1.76.Final',
      purl: 'pkg:maven/io.netty/netty-codec-http2@4.1.76.Final',
    },
    { type: 'library', name: 'a', purl: 'pkg:maven/org.example/a@1.0' },
  ],
});
const PURLS = ['pkg:maven/io.netty/netty-codec-http2@4.1.76.Final', 'pkg:maven/org.example/a@1.0'];

/**
 * What the linker makes of what native-image gives it: a heap, and an SBOM that two symbols lead to. There is no
 * native-image here; that and how it is laid out are GraalVM's documentation's words.
 */
function nativeImage(
  name: string,
  flags: readonly string[],
  { sbom, claims = sbom.length, heap = '.svm_heap' }: { sbom: Buffer; claims?: number; heap?: string },
): string {
  const path = join(scratch, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.gz`, sbom);
  const lines = [
    `.section ${heap},"a",@progbits`,
    '.zero 64',
    '.data',
    '.globl sbom, sbom_length',
    `sbom: .incbin "${path}.gz"`,
    '.balign 8',
    `sbom_length: .quad ${claims}`,
    '.text',
    '.globl main',
    'main: ret',
    '.section .note.GNU-stack,"",@progbits',
  ];
  writeFileSync(`${path}.s`, `${lines.join('\n')}\n`);
  run('gcc', [...flags, `${path}.s`, '-o', path]);
  rmSync(`${path}.gz`);
  rmSync(`${path}.s`);
  return path;
}

function factOf(path: string): Fact | undefined {
  return catalogDirectory(dirname(path), embeddedSbom)[0];
}

function purlsIn(path: string): readonly string[] {
  return (factOf(path)?.packages ?? []).map((one) => purlOf(one, undefined) ?? '').toSorted();
}

const SBOM = { sbom: gzipSync(DOCUMENT) };

test('the SBOM of a native image is read', { skip: needsCommands('gcc') }, () => {
  for (const [name, flags] of [
    ['exported/app', ['-rdynamic', '-s']],
    ['all/app', []],
    ['anywhere/app', ['-rdynamic', '-pie']],
    ['library/app.so', ['-shared', '-s']],
  ] as const)
    assert.deepEqual(purlsIn(nativeImage(name, flags, SBOM)), PURLS, name);
});

test(
  'a program that is no native image has none, nor one that was stripped of it',
  { skip: needsCommands('gcc') },
  () => {
    assert.deepEqual(
      factOf(nativeImage('plain/app', ['-rdynamic'], { ...SBOM, heap: '.heap' }))?.status,
      'nothing',
    );
    assert.deepEqual(factOf(nativeImage('stripped/app', ['-s'], SBOM))?.status, 'nothing');
  },
);

test('an SBOM that cannot be read is said to be so', { skip: needsCommands('gcc') }, () => {
  const message = (name: string, image: Parameters<typeof nativeImage>[2]): string =>
    factOf(nativeImage(name, [], image))?.message ?? '';
  assert.match(message('far/app', { ...SBOM, claims: 1 << 20 }), /beyond its end/);
  assert.match(message('long/app', { ...SBOM, claims: 1 << 30 }), /too large/);
  assert.match(message('cut/app', { ...SBOM, claims: 40 }), /damaged or too large/);
  assert.match(message('bomb/app', { sbom: gzipSync(Buffer.alloc(40 << 20)) }), /damaged or too large/);
});

test('no damage to a native image does more than hide its SBOM', { skip: needsCommands('gcc') }, () => {
  const seed = readFileSync(nativeImage('seed/app', ['-rdynamic', '-s'], SBOM));
  fc.assert(
    fc.property(hostileBytes(seed), (bytes) => assertSurvives(embeddedSbom, 'app/a', bytes)),
    { numRuns: 300 },
  );
});
