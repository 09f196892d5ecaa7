import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Fact } from '../../../core/facts.ts';
import { decodeLayerFacts, encodeLayerFacts } from '../../../proto/codec/layer-facts.ts';
import { resultOf } from '../../support/steps.ts';

const DIFF_ID = `sha256:${'0'.repeat(64)}`;

/** What a collector has of it. */
function arrived(path: string, name: string): Fact | undefined {
  const facts: Fact[] = [{ path, status: 'found', packages: [{ type: 'npm', name, version: '1' }] }];
  const bytes = resultOf(
    encodeLayerFacts(DIFF_ID, [{ diffId: DIFF_ID, cataloger: 'npm', version: 1, facts }]),
  );
  return decodeLayerFacts(DIFF_ID, bytes)[0]?.facts[0];
}

test('names of files that are no UTF-8 arrive, and two that differ still do', () => {
  for (const length of [1, 60, 300]) {
    const end = 'x'.repeat(length);
    assert.equal(arrived(`caf\udce9/${end}`, 'a')?.path, `caf\\xe9/${end}`);
    assert.equal(arrived(`caf\udce8/${end}`, 'a')?.path, `caf\\xe8/${end}`);
  }
});

test('half of a surrogate pair, as JSON may have it, is said to be no character', () => {
  assert.equal(arrived('a', '\ud800')?.packages?.[0]?.name, '\ufffd');
  assert.equal(arrived('a', 'x\udc00\ud83d')?.packages?.[0]?.name, 'x\ufffd\ufffd');
});

test('any text arrives, and what is well-formed as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.boolean(), (characters, cut) => {
      const sent = cut ? `${characters}\ud83d` : characters;
      const name = arrived('a', sent)?.packages?.[0]?.name;
      assert.equal(name, cut ? `${characters}\ufffd` : characters);
    }),
  );
});
