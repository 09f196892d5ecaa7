import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeCommand, encodeCommand, type CommandAction } from '../../../proto/codec/command.ts';
import { decodeEvent, encodeEvent, type EventBody } from '../../../proto/codec/event.ts';
import { WireError } from '../../../proto/codec/wire-error.ts';

const bodies: EventBody[] = [
  { kind: 'command-result', commandId: 'c', outcome: 'expired', message: 'Too late.' },
  { kind: 'command-result', commandId: 'c', outcome: 'done', message: 'Done.', detail: Buffer.from('{}') },
  {
    kind: 'command-result',
    commandId: 'c',
    outcome: 'refused',
    message: 'No.',
    audit: { hash: 'ab'.repeat(32), sequence: 17 },
  },
  { kind: 'loss', reason: 'no room', count: 3, firstNumber: 4, lastNumber: 9 },
  { kind: 'engine-change', engine: 'docker', status: 'ok' },
  { kind: 'engine-change', engine: 'docker', status: 'degraded', message: 'gone' },
  {
    kind: 'receipt',
    runId: 'r',
    planId: 'p',
    issuer: 'root on this node',
    begunAt: 1_700_000_000_000,
    endedAt: 1_700_000_001_000,
    outcome: 'partial',
    reason: 'the run had its 60 seconds',
    undoUntil: 1_700_003_600_000,
    predictedBytes: 2 ** 40,
    measuredBytes: 0,
    items: [
      {
        imageId: 'i',
        names: ['a', 'b'],
        status: 'raced',
        reason: 'r',
        why: 'w',
        predictedBytes: 1,
        measuredBytes: 2,
      },
      { imageId: 'j', names: [], status: 'quarantined', why: 'w', predictedBytes: 1, measuredBytes: 0 },
    ],
  },
  {
    kind: 'receipt',
    runId: 'r',
    planId: 'p',
    issuer: 'i',
    begunAt: 1,
    predictedBytes: 0,
    measuredBytes: 0,
    items: [],
  },
  { kind: 'unknown' },
];

test('events come back as they were', () => {
  for (const body of bodies) {
    const event = { number: 2 ** 45, time: 1_700_000_000_000, body };
    assert.deepEqual(decodeEvent(encodeEvent(event)), event);
  }
});

const actions: CommandAction[] = [
  { kind: 'ping' },
  { kind: 'scan', anew: false },
  { kind: 'scan', anew: true },
  { kind: 'plan-cleanup', policy: Buffer.from('{}') },
  { kind: 'apply-plan', planId: 'p', stateHash: Buffer.alloc(32, 7) },
  { kind: 'undo', receiptId: 'r', imageIds: [], reason: '' },
  { kind: 'undo', receiptId: 'r', imageIds: ['i', 'j'], reason: 'asked for again' },
  { kind: 'free', receiptId: 'r' },
  { kind: 'unknown' },
];

test('commands come back as they were', () => {
  for (const action of actions) {
    const command = { id: 'c', issuer: 'i', issuedAt: 1, expiresAt: 2, node: 'n', action };
    assert.deepEqual(decodeCommand(encodeCommand(command)), command);
    const signed = { ...command, signature: Buffer.alloc(64, 1), keyId: 'k' };
    assert.deepEqual(decodeCommand(encodeCommand(signed)), signed);
  }
});

test('fields of a newer version are noticed, wherever they stand', () => {
  const command = {
    id: 'c',
    issuer: 'i',
    issuedAt: 1,
    expiresAt: 2,
    node: 'n',
    action: { kind: 'ping' },
  } as const;
  const strange = Buffer.from([((2000 << 3) & 0x7f) | 0x80, (2000 << 3) >> 7, 1]);
  assert.equal(decodeCommand(Buffer.concat([encodeCommand(command), strange])).isNewer, true);
  const ping = Buffer.concat([Buffer.from([(6 << 3) | 2, strange.length]), strange]);
  const without = encodeCommand({ ...command, action: { kind: 'unknown' } });
  assert.deepEqual(decodeCommand(Buffer.concat([without, ping])), { ...command, isNewer: true });
});

test('any bytes are an event and a command, or WireErrors', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const decode of [decodeEvent, decodeCommand]) {
        try {
          decode(bytes);
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});
