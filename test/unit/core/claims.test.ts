import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withClaims, withoutClaims } from '../../../core/claims.ts';
import type { Fact } from '../../../core/facts.ts';

const FACTS: readonly Fact[] = [
  { path: 'a', status: 'nothing' },
  { path: 'b', status: 'found', claims: [{ owner: 'bash', files: ['bin/bash'] }] },
  { path: 'c', status: 'found', packages: [{ type: 'npm', name: 'c', version: '1' }] },
  { path: 'd', status: 'found', claims: [] },
];

test('claims are taken out and put back', () => {
  const { plain, claims } = withoutClaims(FACTS);
  assert.deepEqual(
    plain.map((fact) => 'claims' in fact),
    [false, false, false, false],
  );
  assert.deepEqual(
    claims.map(([place]) => place),
    [1, 3],
  );
  assert.deepEqual(withClaims(plain, claims), FACTS);
});

test('facts that claim nothing stay as they are', () => {
  const { plain, claims } = withoutClaims(FACTS.slice(0, 1));
  assert.deepEqual([plain, claims], [FACTS.slice(0, 1), []]);
});
