import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { certifyNode, newAuthority } from '../../../platform/certificate-authority.ts';
import { CertificateError } from '../../../platform/certificate-error.ts';
import { certificateRequest, newPrivateKey } from '../../../platform/certificate-request.ts';
import { peerIdentity } from '../../../platform/node-identity.ts';
import { requestedKey } from '../../../platform/requested-key.ts';
import { needsCommands } from '../../support/requirements.ts';

const dir = mkdtempSync(join(tmpdir(), 'tallyman-request-'));
after(() => rmSync(dir, { recursive: true }));

const REFUSED = { name: 'CertificateError', code: 'bad-request' };

function openssl(...parameters: readonly string[]): string {
  return execFileSync('openssl', parameters, { cwd: dir, encoding: 'utf8', stdio: 'pipe' });
}

test(
  'openssl finds a request in order, its key and its signature',
  { skip: needsCommands('openssl') },
  () => {
    const key = newPrivateKey();
    writeFileSync(join(dir, 'ours.der'), certificateRequest(key).der);
    const shown = openssl('req', '-inform', 'DER', '-in', 'ours.der', '-noout', '-verify', '-pubkey');
    assert.equal(shown, createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  },
);

for (const [name, algorithm, allowed] of [
  ['ed25519', ['-algorithm', 'ed25519'], true],
  ['P-256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], true],
  ['P-384', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'], false],
  ['RSA', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], false],
] as const) {
  test(
    `a request by openssl for ${name} is ${allowed ? 'taken' : 'refused'}`,
    { skip: needsCommands('openssl') },
    async () => {
      openssl('genpkey', ...algorithm, '-out', 'key.pem');
      openssl('req', '-new', '-key', 'key.pem', '-subj', '/CN=x', '-outform', 'DER', '-out', 'request.der');
      const asked = requestedKey(readFileSync(join(dir, 'request.der')));
      if (!allowed) return assert.rejects(asked, REFUSED);
      assert.match((await asked).fingerprint, /^[0-9a-f]{64}$/);
    },
  );
}

test('the certificate is for the key of the request, and the name is the issuer’s', async () => {
  const now = Date.now();
  const authority = await newAuthority({ days: 1, now });
  const key = newPrivateKey();
  const { publicKey } = await requestedKey(certificateRequest(key).der);
  const issued = await certifyNode(authority, {
    node: 'web-1',
    publicKey,
    notBefore: now - 2000,
    notAfter: now + 60_000,
  });
  const parsed = new X509Certificate(issued.certificate);
  assert.equal(parsed.publicKey.equals(createPublicKey(key)), true);
  assert.equal(parsed.verify(new X509Certificate(authority.certificate).publicKey), true);
  assert.equal(peerIdentity(parsed.raw)?.node, 'web-1');
  assert.equal(issued.validUntil, Math.floor((now + 60_000) / 1000) * 1000);
  assert.equal(Date.parse(parsed.validTo), issued.validUntil);
  assert.equal(parsed.serialNumber.toLowerCase(), issued.serial);
});

test('a request with any byte changed is refused, or still asks for the key that signed it', async () => {
  const key = newPrivateKey();
  const { der } = certificateRequest(key);
  const { fingerprint } = await requestedKey(der);
  const keyAt = Buffer.from(der).indexOf(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  await fc.assert(
    fc.asyncProperty(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const altered = Uint8Array.from(der);
      altered[at] = (altered[at] ?? 0) ^ change;
      try {
        assert.equal((await requestedKey(altered)).fingerprint, fingerprint);
        assert.ok(at < keyAt || at >= keyAt + 91, `the key was altered at ${at}`);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        assert.ok(error instanceof CertificateError && error.code === 'bad-request');
      }
    }),
    { numRuns: 500 },
  );
});

test('no bytes are a request', async () => {
  const { der } = certificateRequest(newPrivateKey());
  const cut = fc.tuple(fc.nat(der.length - 1), fc.nat(der.length)).map(([from, to]) => der.slice(from, to));
  const nested = fc.nat(2040).map((depth) => new Uint8Array(2 * depth).fill(0x30));
  const indefinite = fc.nat(2040).map((depth) => Buffer.from('3080'.repeat(depth), 'hex'));
  const any = fc.oneof(fc.uint8Array({ maxLength: 5000 }), cut, nested, indefinite);
  await fc.assert(
    fc.asyncProperty(any, (bytes) => assert.rejects(requestedKey(bytes), REFUSED)),
    { numRuns: 300 },
  );
});
