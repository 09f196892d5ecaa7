import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEvents } from '../../../../../agent/runtimes/docker/events.ts';
import type { RuntimeEvent } from '../../../../../agent/runtimes/runtime.ts';

const PULL = '{"Type":"image","Action":"pull","Actor":{"ID":"wéb:1","Attributes":{}}}\n';
const DIE = '{"Type":"container","Action":"die","Actor":{"ID":"c1"}}\n';
const PULLED: RuntimeEvent = { kind: 'image', topic: '/image/pull', subject: 'wéb:1' };
const DIED: RuntimeEvent = { kind: 'container', topic: '/container/die', subject: 'c1' };

test('reads events wherever the stream is cut', async () => {
  const bytes = new TextEncoder().encode(PULL + DIE);
  const cuts = fc.uniqueArray(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const edges = [0, ...at.sort((one, other) => one - other), bytes.length];
      const chunks = edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
      assert.deepEqual(await decode(chunks), [PULLED, DIED]);
    }),
  );
});

test('passes on what it does not understand as a change of unknown kind', async () => {
  const events = await decode([
    text(`{"Type":"network","Action":"create","Actor":{"ID":"n"}}\nnot json\n[]\n\n${DIE}`),
  ]);
  assert.deepEqual(events, [
    { kind: 'other', topic: '/network/create', subject: 'n' },
    { kind: 'other', topic: 'unreadable', subject: '' },
    { kind: 'other', topic: 'unreadable', subject: '' },
    DIED,
  ]);
});

test('refuses an event without an end', async () => {
  const chunk = new Uint8Array(512 * 1024).fill(0x20);
  await assert.rejects(decode([chunk, chunk, chunk]), { name: 'RuntimeError', code: 'failed' });
});

test('any bytes are events or an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 })), async (chunks) => {
      for (const event of await decode(chunks)) assert.equal(typeof event.topic, 'string');
    }),
  );
});

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

async function decode(chunks: readonly Uint8Array[]): Promise<readonly RuntimeEvent[]> {
  async function* stream(): AsyncIterable<Uint8Array> {
    yield* chunks;
  }
  const events: RuntimeEvent[] = [];
  for await (const event of decodeEvents(stream())) events.push(event);
  return events;
}
