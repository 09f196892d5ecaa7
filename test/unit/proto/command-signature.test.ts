import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeCommand, encodeCommand, type Command } from '../../../proto/codec/command.ts';
import {
  keyId,
  signCommand,
  verifyCommand,
  type TrustedKey,
} from '../../../proto/codec/command-signature.ts';

const pair = generateKeyPairSync('ed25519');
const trusted = trustedKey('anna', pair.publicKey);

function trustedKey(owner: string, key: TrustedKey['key']): TrustedKey {
  return { id: keyId(key), owner, key };
}

const id = fc.string({ minLength: 1, maxLength: 40 });
const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value));
const time = fc.integer({ min: 0, max: 2 ** 52 });
const action: fc.Arbitrary<Command['action']> = fc.oneof(
  fc.constant({ kind: 'ping' as const }),
  fc.record({ kind: fc.constant('scan' as const), anew: fc.boolean() }),
  fc.record({ kind: fc.constant('plan-cleanup' as const), policy: bytes }),
  fc.record({ kind: fc.constant('apply-plan' as const), planId: id, stateHash: bytes }),
  fc.record({ kind: fc.constant('undo' as const), receiptId: id, imageIds: fc.array(id), reason: id }),
  fc.record({ kind: fc.constant('free' as const), receiptId: id }),
);
const commands = fc.record({ id, issuer: id, issuedAt: time, expiresAt: time, node: id, action });

test('a signed command is known after its way over the wire', () => {
  fc.assert(
    fc.property(commands, (command) => {
      const arrived = decodeCommand(encodeCommand(signCommand(command, pair.privateKey)));
      assert.deepEqual(verifyCommand(arrived, [trusted]), { kind: 'signed', key: trusted });
    }),
  );
});

test('no byte of a signed command can be changed, added or left out', () => {
  fc.assert(
    fc.property(commands, fc.nat(), fc.integer({ min: 1, max: 255 }), (command, place, change) => {
      const whole = encodeCommand(signCommand(command, pair.privateKey));
      const at = place % whole.length;
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] ?? 0) ^ change;
      for (const bytes of [altered, whole.subarray(0, at), Buffer.concat([whole, altered.subarray(at)])]) {
        let arrived;
        try {
          arrived = decodeCommand(bytes);
        } catch {
          continue;
        }
        if (verifyCommand(arrived, [trusted]).kind !== 'signed') continue;
        // Other bytes that say the same are the same command.
        assert.deepEqual(arrived, decodeCommand(whole));
      }
    }),
    { numRuns: 300 },
  );
});

const ping: Command = {
  id: 'c',
  issuer: 'i',
  issuedAt: 1,
  expiresAt: 2,
  node: 'n',
  action: { kind: 'ping' },
};

test('who may not order is told apart', () => {
  const signed = signCommand(ping, pair.privateKey);
  const stranger = generateKeyPairSync('ed25519');
  const strangers = trustedKey('eve', stranger.publicKey);
  assert.equal(verifyCommand(ping, [trusted]).kind, 'unsigned');
  assert.equal(verifyCommand(signed, [strangers]).kind, 'untrusted');
  assert.equal(verifyCommand({ ...signed, keyId: strangers.id }, [strangers, trusted]).kind, 'altered');
  assert.equal(verifyCommand({ ...signed, node: 'm' }, [trusted]).kind, 'altered');
  assert.equal(verifyCommand({ ...signed, signature: Buffer.alloc(3) }, [trusted]).kind, 'altered');
  assert.equal(verifyCommand({ ...signed, isNewer: true }, [trusted]).kind, 'newer');
  assert.equal(verifyCommand({ ...signed, action: { kind: 'unknown' } }, [trusted]).kind, 'newer');
});

test('keys of other kinds do not sign', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.throws(() => signCommand(ping, privateKey), /Ed25519/);
});

test('what is signed stays the same from version to version', () => {
  // The seed 00 01 .. 1f in PKCS #8. Source of the prefix: RFC 8410, section 7.
  const seed = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const signed = signCommand(
    {
      id: 'command-1',
      issuer: 'anna',
      issuedAt: 1_700_000_000_000,
      expiresAt: 1_700_000_600_000,
      node: 'node-1',
      action: { kind: 'apply-plan', planId: 'ab'.repeat(32), stateHash: new Uint8Array() },
    },
    key,
  );
  assert.equal(signed.keyId, keyId(createPublicKey(key)));
  assert.equal(signed.keyId, '56475aa75463474c');
  assert.equal(
    Buffer.from(signed.signature ?? []).toString('hex'),
    'd7a7c8f2235c0f8b63ad4d8fa656cf7fd27754f1cca1e55c8886cc61e4541ade3b39b71d1c4c220bd0df3422f57e466cf0c06e487bd607b85bd8e532f0c2ff00',
  );
});
