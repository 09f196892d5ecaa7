import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeEnrollmentAnswer,
  decodeEnrollmentRequest,
  encodeEnrollmentAnswer,
  encodeEnrollmentRequest,
  renewalMessage,
  type Proof,
} from '../../../proto/codec/enroll.ts';
import { WireError } from '../../../proto/codec/wire-error.ts';

const bytes = fc.uint8Array({ maxLength: 50 });
const proof: fc.Arbitrary<Proof> = fc.oneof(
  fc.record({ kind: fc.constantFrom('join-token', 'service-account-token'), token: fc.string() }),
  fc.record({ kind: fc.constant('renewal'), certificate: bytes, signature: bytes }),
);

test('a request and its answer come over as they are', () => {
  fc.assert(
    fc.property(fc.string(), bytes, proof, (node, certificateRequest, shown) => {
      const decoded = decodeEnrollmentRequest(
        encodeEnrollmentRequest({ node, certificateRequest, proof: shown }),
      );
      assert.equal(decoded.node, node);
      assert.deepEqual([...decoded.certificateRequest], [...certificateRequest]);
      assert.deepEqual(plain(decoded.proof), plain(shown));
    }),
  );
  const answer = { certificateChain: 'chain', authorities: 'authorities', notAfter: 1_700_000_000_000 };
  assert.deepEqual(decodeEnrollmentAnswer(encodeEnrollmentAnswer(answer)), answer);
});

test('a request without a proof is refused', () => {
  assert.throws(() => decodeEnrollmentRequest(new Uint8Array()), { name: 'WireError', code: 'unknown-word' });
});

test('no bytes harm the reader', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
      for (const decode of [decodeEnrollmentRequest, decodeEnrollmentAnswer]) {
        try {
          decode(any);
        } catch (error) {
          assert.ok(error instanceof WireError);
        }
      }
    }),
  );
});

test('what is signed for a renewal cannot be taken for anything else', () => {
  assert.equal(
    Buffer.from(renewalMessage(Uint8Array.of(1, 2))).toString('latin1'),
    'tallyman renewal 1\0\x01\x02',
  );
});

function plain(value: Proof): unknown {
  if (value.kind !== 'renewal') return { ...value };
  return { ...value, certificate: [...value.certificate], signature: [...value.signature] };
}
