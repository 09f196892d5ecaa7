import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachedDataVersionTag } from 'node:v8';
import { preferLittleMemory, preferQuickStart } from '../../../platform/small-memory.ts';

test('what is preferred for little memory is taken back whole, so that V8 takes what it compiled before', (t) => {
  t.after(preferQuickStart);
  const before = cachedDataVersionTag();
  preferLittleMemory();
  assert.notEqual(cachedDataVersionTag(), before);
  preferQuickStart();
  assert.equal(cachedDataVersionTag(), before);
});
