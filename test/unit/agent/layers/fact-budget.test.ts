import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factBudget } from '../../../../agent/layers/fact-budget.ts';
import type { FactContent } from '../../../../core/facts.ts';

const packages = [{ type: 'deb', name: 'a', version: '1' }] as const;

test('what fits is kept as it is', () => {
  const content: FactContent = { packages, claims: [{ owner: 'a', files: ['b'] }] };
  assert.equal(factBudget().fit(content), content);
});

test('files of packages beyond the bound are left out, packages stay', () => {
  const budget = factBudget();
  const many = Array.from({ length: 500_000 }, () => 'a/file');
  const content: FactContent = { packages, claims: [{ owner: 'a', files: many }] };
  assert.equal(budget.fit(content), content);
  const { truncated, ...rest } = budget.fit(content);
  assert.deepEqual(rest, { packages });
  assert.match(truncated ?? '', /files of packages were left out/);
  assert.equal(budget.fit({ packages }).truncated, undefined);
});

test('packages beyond the bound are left out, what needs no room stays', () => {
  const budget = factBudget();
  const dependencies = Array.from({ length: 400_000 }, () => 'b');
  const content: FactContent = { packages: [{ type: 'deb', name: 'a', version: '1', dependencies }] };
  assert.equal(budget.fit(content), content);
  budget.fit(content);
  const { truncated, ...rest } = budget.fit({ ...content, release: { id: 'x', idLike: [] } });
  assert.deepEqual(rest, { release: { id: 'x', idLike: [] } });
  assert.match(truncated ?? '', /packages were left out/);
});
