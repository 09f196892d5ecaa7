import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Limitations } from '../../../../agent/uplink/limitations.ts';
import type { ContentName } from '../../../../proto/codec/content.ts';

function layer(at: number): ContentName {
  return { kind: 'layer-facts', key: `sha256:${String(at).padStart(64, '0')}` };
}

test('content that is too large is told as long as the node has it', () => {
  const limitations = new Limitations();
  limitations.contentUnfit(layer(1), 'it is large');
  limitations.contentUnfit(layer(2), 'it is large');
  limitations.contentNamed([layer(2), layer(3)]);
  assert.deepEqual(limitations.told([{ key: 'image/a', why: 'it is larger' }]), [
    'image/a is not reported: it is larger.',
    `The packages of ${layer(2).key} are not reported: it is large.`,
  ]);
  limitations.contentNamed([]);
  assert.deepEqual(limitations.told([]), []);
});

test('of very many things a few are named, and the rest counted', () => {
  const leftOut = Array.from({ length: 5000 }, (_, at) => ({ key: `process/${at}`, why: 'they are many' }));
  const told = new Limitations().told(leftOut);
  assert.equal(told.length, 20);
  assert.equal(told.at(-1), "4981 more things are not reported; the agent's log names each.");
});
