import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { firstDifference, isSampled } from '../../../../collector/ingest/facts-difference.ts';
import type { SuppliedFacts } from '../../../../collector/ingest/ingest-store.ts';
import type { CatalogerFacts, Fact } from '../../../../core/facts.ts';

const DIFF_ID = `sha256:${'ab'.repeat(32)}`;
const FOUND: Fact = {
  path: 'b',
  status: 'found',
  packages: [{ type: 'npm', name: 'left-pad', version: '1.3.0', licenses: ['MIT'] }],
};

function of(cataloger: string, ...facts: readonly Fact[]): CatalogerFacts {
  return { diffId: DIFF_ID, cataloger, version: 1, facts };
}

function supplied(...facts: readonly CatalogerFacts[]): SuppliedFacts[] {
  return facts.map((one) => ({ node: 'first', facts: one }));
}

test('equal facts are equal in whatever order they and their fields come', () => {
  const nothing: Fact = { path: 'a', status: 'nothing' };
  const turned: Fact = {
    packages: [{ licenses: ['MIT'], version: '1.3.0', name: 'left-pad', type: 'npm' }],
    status: 'found',
    path: 'b',
  };
  assert.equal(
    firstDifference(supplied(of('npm', FOUND, nothing), of('dpkg')), [
      of('dpkg'),
      of('npm', nothing, turned),
    ]),
    undefined,
  );
});

test('sentences of errors and cuts may differ, that there is one may not', () => {
  const one: Fact = { path: 'a', status: 'error', message: '/snapshots/1/fs/a: EIO', truncated: 'after 3 s' };
  const other: Fact = {
    path: 'a',
    status: 'error',
    message: '/snapshots/7/fs/a: EIO',
    truncated: 'after 4 s',
  };
  assert.equal(firstDifference(supplied(of('npm', one)), [of('npm', other)]), undefined);
  const whole: Fact = { path: 'a', status: 'error', message: 'x' };
  assert.equal(firstDifference(supplied(of('npm', one)), [of('npm', whole)])?.path, 'a');
});

const differences: readonly (readonly [string, readonly CatalogerFacts[], object])[] = [
  ['a package is missing', [of('npm', { path: 'b', status: 'nothing' })], { path: 'b' }],
  ['a path is missing', [of('npm')], { path: 'b', computed: '' }],
  ['a path is more', [of('npm', FOUND, { path: 'a', status: 'nothing' })], { path: 'a', stored: '' }],
  ['a cataloger is missing', [], { path: 'b', computed: '' }],
  ['a cataloger is more', [of('npm', FOUND), of('rpm')], { cataloger: 'rpm', stored: '' }],
];

for (const [what, computed, expected] of differences) {
  test(`the first difference is told: ${what}`, () => {
    const found = firstDifference(supplied(of('npm', FOUND)), computed);
    assert.ok(found);
    assert.equal(found.suppliedBy, 'first');
    assert.deepEqual({ ...found, ...expected }, found);
  });
}

test('of long facts, the part is shown in which they differ', () => {
  const packages = Array.from({ length: 1000 }, (_, at) => ({
    type: 'npm' as const,
    name: `package-${at}`,
    version: '1.0.0',
  }));
  const changed = packages.map((one, at) => (at === 700 ? { ...one, version: '6.6.6' } : one));
  const found = firstDifference(supplied(of('npm', { path: 'b', status: 'found', packages })), [
    of('npm', { path: 'b', status: 'found', packages: changed }),
  ]);
  assert.match(found?.stored ?? '', /package-700","type":"npm","version":"1\.0\.0"/);
  assert.match(found?.computed ?? '', /package-700","type":"npm","version":"6\.6\.6"/);
  assert.ok((found?.stored.length ?? 0) <= 1000);
});

test('the share of layers that are sampled is the share asked for', () => {
  const digests = Array.from({ length: 10_000 }, (_, at) =>
    createHash('sha256').update(`${at}`).digest('hex'),
  );
  const sampled = digests.filter((hex) => isSampled(`sha256:${hex}`, 0.01));
  assert.ok(sampled.length > 60 && sampled.length < 150, `${sampled.length}`);
  assert.ok(digests.every((hex) => !isSampled(`sha256:${hex}`, 0)));
  assert.ok(digests.every((hex) => isSampled(`sha256:${hex}`, 1)));
});
