import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factBudget } from '../../../../agent/layers/fact-budget.ts';
import { collectGarbage } from '../../../support/garbage.ts';
import type { Fact, FactContent } from '../../../../core/facts.ts';

const packages = [{ type: 'deb', name: 'a', version: '1' }] as const;

test('what fits is kept as it is', () => {
  const content: FactContent = { packages, claims: [{ owner: 'a', files: ['b'] }] };
  assert.equal(factBudget().fit(content, 0), content);
});

test('files of packages beyond the bound are left out, packages stay', () => {
  const budget = factBudget();
  const many = Array.from({ length: 500_000 }, () => 'a/file');
  const content: FactContent = { packages, claims: [{ owner: 'a', files: many }] };
  assert.equal(budget.fit(content, 0), content);
  const { truncated, ...rest } = budget.fit(content, 0);
  assert.deepEqual(rest, { packages });
  assert.match(truncated ?? '', /files of packages were left out/);
  assert.equal(budget.fit({ packages }, 0).truncated, undefined);
});

test('packages beyond the bound are left out, what needs no room stays', () => {
  const budget = factBudget();
  const dependencies = Array.from({ length: 400_000 }, () => 'b');
  const content: FactContent = { packages: [{ type: 'deb', name: 'a', version: '1', dependencies }] };
  assert.equal(budget.fit(content, 0), content);
  budget.fit(content, 0);
  const { truncated, ...rest } = budget.fit({ ...content, release: { id: 'x', idLike: [] } }, 0);
  assert.deepEqual(rest, { release: { id: 'x', idLike: [] } });
  assert.match(truncated ?? '', /packages were left out/);
});

test('all that is said of a package counts', () => {
  const vendor = 'x'.repeat(1 << 20);
  for (const more of [
    { vendor },
    { qualifiers: { a: vendor } },
    { source: { name: vendor } },
    { inside: vendor },
  ]) {
    const budget = factBudget();
    const content: FactContent = { packages: [{ type: 'deb', name: 'a', version: '1', ...more }] };
    const cut = Array.from({ length: 40 }, () => budget.fit(content, 0)).filter(
      ({ packages: kept }) => kept === undefined,
    );
    assert.equal(cut.length, 9);
  }
});

test('so do paths, findings and licenses, each of them', () => {
  const long = 'x'.repeat(1 << 20);
  const facts: readonly Fact[] = [
    { path: long, status: 'nothing' },
    { path: 'a', status: 'error', message: long },
    { path: 'a', status: 'found', licenses: [long] },
    { path: 'a', status: 'found', findings: [{ ruleId: 'shell', kind: 'sh', evidence: long }] },
  ];
  for (const fact of facts) {
    const budget = factBudget();
    let kept = 0;
    while (budget.keep(fact)) kept += 1;
    assert.equal(kept, fact.status === 'found' ? 24 : 16);
  }
});

test('where nothing was found there is no room any more, where something was there is', () => {
  const budget = factBudget();
  while (budget.keep({ path: 'a', status: 'nothing' }));
  assert.equal(budget.keep({ path: 'b', status: 'error', message: 'x' }), false);
  assert.equal(budget.keep({ path: 'b', status: 'found', packages }), true);
});

test('what was read from large files does not hold on to them', () => {
  const budget = factBudget();
  const kept: FactContent[] = [];
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 100; at += 1) {
    const text = `${'x'.repeat(1 << 20)} a-name-that-is-long-enough-${at}`;
    const content: FactContent = { packages: [{ type: 'deb', name: text.slice(-30), version: '1' }] };
    kept.push(budget.fit(content, text.length));
  }
  collectGarbage();
  assert.equal(kept.length, 100);
  assert.ok(process.memoryUsage().heapUsed - before < 50 << 20);
});
