import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { chainIds } from '../../../../agent/runtimes/chain-id.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const C = `sha256:${'c'.repeat(64)}`;

test('the base layer is its own chain', () => {
  assert.deepEqual(chainIds([A]), [A]);
});

test('each chain hashes the chain below and the layer on top', () => {
  const ab = `sha256:${createHash('sha256').update(`${A} ${B}`).digest('hex')}`;
  const abc = `sha256:${createHash('sha256').update(`${ab} ${C}`).digest('hex')}`;
  assert.deepEqual(chainIds([A, B, C]), [A, ab, abc]);
});

test('no layers have no chain', () => {
  assert.deepEqual(chainIds([]), []);
});
