import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agreeLimits, DEFAULT_LIMITS } from '../../../proto/codec/limits.ts';
import {
  decodeRequest,
  decodeResponse,
  encodeRefusal,
  encodeRequest,
  encodeResponse,
  refusalOf,
  type RefusalWord,
} from '../../../proto/codec/session.ts';
import { WireError } from '../../../proto/codec/wire-error.ts';

test('a heartbeat has at most 200 bytes', () => {
  const largest = {
    stateRoot: new Uint8Array(32).fill(255),
    pendingEvents: 2 ** 32 - 1,
    condition: 2 ** 32 - 1,
  };
  const bytes = encodeRequest({ heartbeat: largest });
  assert.ok(bytes.length <= 200, `${bytes.length}`);
  assert.deepEqual(
    { ...decodeRequest(bytes).heartbeat, stateRoot: undefined },
    { ...largest, stateRoot: undefined },
  );
});

test('any bytes are a message or a WireError, quickly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
      for (const decode of [decodeRequest, decodeResponse]) {
        try {
          assert.notEqual(decode(bytes).message, undefined);
        } catch (error) {
          assert.ok(error instanceof WireError, String(error));
        }
      }
    }),
    { numRuns: 3000 },
  );
});

test('a message of nothing but the smallest fields stops early', () => {
  // 512 Ki empty state items in 1 MiB.
  const items = Buffer.alloc(1024 * 1024 - 8, Buffer.from([0x0a, 0x00]));
  const length = Buffer.from([0x1a, 0xf8, 0xff, 0x3f]);
  assert.throws(
    () => decodeRequest(Buffer.concat([length, items])),
    (error) => error instanceof WireError && error.code === 'too-large',
  );
});

test('groups within groups are not followed for ever', () => {
  assert.throws(() => decodeRequest(Buffer.alloc(100_000, 0xfb)), WireError);
});

test('a message of another version is not guessed at', () => {
  assert.throws(
    () => decodeRequest(new Uint8Array()),
    (error) => error instanceof WireError && error.code === 'unknown-word',
  );
});

test('refusals come over as they were', () => {
  const reasons: RefusalWord[] = ['wrong-node', 'protocol', 'overloaded', 'duplicate', 'limit'];
  for (const reason of reasons) {
    for (const retry of [{}, { retryAfterMs: 5 }]) {
      const refusal = { reason, message: 'Why.', ...retry };
      const decoded = decodeResponse(encodeResponse(encodeRefusal(refusal))).refusal;
      assert.deepEqual(refusalOf(decoded ?? {}), refusal);
    }
  }
  assert.equal(refusalOf({ reason: 77 as never }).reason, 'unknown');
});

test('the smaller of two limits holds, and unset ones do not bound', () => {
  assert.deepEqual(agreeLimits(DEFAULT_LIMITS, undefined), DEFAULT_LIMITS);
  assert.deepEqual(
    agreeLimits(DEFAULT_LIMITS, { maxMessageBytes: 100_000, maxContentBytes: 5, maxItems: 7 }),
    { maxMessageBytes: 100_000, maxContentBytes: 5, maxItemBytes: 98_976, maxItems: 7 },
  );
  const generous = {
    maxMessageBytes: 2 ** 30,
    maxContentBytes: 2 ** 40,
    maxItemBytes: 2 ** 30,
    maxItems: 2 ** 30,
  };
  assert.equal(agreeLimits(generous, generous).maxMessageBytes, 1024 * 1024);
  assert.throws(() => agreeLimits(DEFAULT_LIMITS, { maxMessageBytes: 1000 }), WireError);
});
