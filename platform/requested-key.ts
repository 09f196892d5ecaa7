import 'reflect-metadata';
import { createPublicKey, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { CertificateError } from './certificate-error.ts';
import { sha256 } from './sha256.ts';

/** A request with a key of the kinds below and no attributes has some 200 bytes. */
const LONGEST_REQUEST_BYTES = 4096;

/** The public key that a certificate was asked for, whose owner signed the request. */
export interface RequestedKey {
  readonly publicKey: x509.PublicKey;
  /** SHA-256 of the key (SubjectPublicKeyInfo), hexadecimal. */
  readonly fingerprint: string;
}

/**
 * Checks a certificate request (PKCS #10, DER): an ECDSA P-256 or Ed25519 key that signed it. Nothing else in it is looked at.
 * Throws a CertificateError `bad-request`, and nothing else.
 */
export async function requestedKey(der: Uint8Array): Promise<RequestedKey> {
  if (der.length > LONGEST_REQUEST_BYTES) {
    throw badRequest(`it is longer than ${LONGEST_REQUEST_BYTES} bytes`);
  }
  try {
    const request = new x509.Pkcs10CertificateRequest(Buffer.from(der));
    const spki = new Uint8Array(request.publicKey.rawData);
    if (!isAllowed(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }))) {
      throw badRequest('its key is neither ECDSA P-256 nor Ed25519');
    }
    if (!(await request.verify())) throw badRequest('its signature is not by its key');
    return { publicKey: request.publicKey, fingerprint: keyFingerprint(spki) };
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    throw badRequest('it is not PKCS #10 in DER', error);
  }
}

/** SHA-256 of a SubjectPublicKeyInfo, hexadecimal. */
function keyFingerprint(spki: Uint8Array): string {
  return Buffer.from(sha256(spki)).toString('hex');
}

function isAllowed({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'ed25519') return true;
  return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1';
}

function badRequest(why: string, cause?: unknown): CertificateError {
  return new CertificateError('bad-request', `the certificate request is not good: ${why}`, cause);
}
