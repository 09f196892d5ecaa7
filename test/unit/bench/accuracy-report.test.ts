import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparison, difference, type Comparison } from '../../../bench/accuracy/comparison.ts';
import { isAccurate, jsonReport, textReport } from '../../../bench/accuracy/report.ts';

function compared(found: readonly string[], trivy?: readonly string[]): Comparison {
  return {
    ecosystem: 'dpkg',
    oracle: 'dpkg-query 1',
    subject: 'a tree',
    expected: new Set(['a 1', 'b 1']),
    found: new Set(found),
    ...(trivy !== undefined && { trivy: new Set(trivy) }),
  };
}

function outcome(...comparisons: readonly Comparison[]) {
  return { comparisons, failed: [], trivyVersion: undefined };
}

test('only what is the same on both sides is accurate', () => {
  assert.ok(isAccurate(outcome(compared(['b 1', 'a 1'], []))));
  assert.ok(!isAccurate(outcome(compared(['a 1']))));
  assert.ok(!isAccurate(outcome(compared(['a 1', 'b 1', 'c 1']))));
  const failed = [{ ecosystem: 'rpm', reason: 'no rpm' }];
  assert.ok(!isAccurate({ ...outcome(compared(['a 1', 'b 1'])), failed }));
});

test('packages are worded as the oracle words them, and those that are not its business are left out', () => {
  const listed = { version: '1', flags: [], paths: [] };
  const listings = {
    ours: [
      { ...listed, type: 'deb', name: 'a' },
      { ...listed, type: 'npm', name: 'x' },
    ],
  };
  const one = comparison(compared([]), listings, ({ type, name, version }) =>
    type === 'deb' ? `${name} ${version}` : undefined,
  );
  assert.deepEqual(difference(one.expected, one.found), { missing: ['b 1'], surplus: [] });
});

test('the table sums up trees by ecosystem, and every difference stands below it', () => {
  const trees = [compared(['a 1', 'c 1'], ['a 1']), { ...compared(['a 1', 'b 1'], []), subject: 'another' }];
  const lines = textReport(outcome(...trees)).split('\n');
  assert.match(lines[1] ?? '', /^dpkg +dpkg-query 1 +2 +4 +1 +1 +3 +0$/);
  assert.ok(lines.includes('dpkg, a tree: missing b 1'));
  assert.ok(lines.includes('dpkg, a tree: surplus c 1'));
  assert.ok(lines.includes('trivy, dpkg, another: missing a 1'));
  assert.match(textReport(outcome(compared([]))).split('\n')[1] ?? '', / 2 +0 +- +-$/);
});

test('as JSON, the same', () => {
  const { comparisons } = JSON.parse(jsonReport(outcome(compared(['c 1'])))) as { comparisons: unknown };
  assert.deepEqual(comparisons, [
    {
      ecosystem: 'dpkg',
      oracle: 'dpkg-query 1',
      subject: 'a tree',
      packages: 2,
      missing: ['a 1', 'b 1'],
      surplus: ['c 1'],
    },
  ]);
});
