import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** A private key that stays here, and what is sent to have it certified. */
export interface CertificateRequest {
  /** PKCS #8, PEM. */
  readonly key: string;
  /** PKCS #10, DER. */
  readonly der: Uint8Array;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
/** `[0]`, constructed: the attributes, of which there are none. */
const ATTRIBUTES = 0xa0;
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2. Source: RFC 5758, section 3.2. */
const ECDSA_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');

/** A new private key, ECDSA P-256, as PEM. */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * A certificate request for a key of `newPrivateKey`, without a name, which the issuer sets. Source: RFC 2986, section 4.
 * Made by hand, since the library that the authority uses would cost an agent 17 MB resident.
 */
export function certificateRequest(key: string): CertificateRequest {
  const privateKey = createPrivateKey(key);
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const asked = element(
    SEQUENCE,
    element(INTEGER, Buffer.of(0)),
    element(SEQUENCE),
    publicKey,
    element(ATTRIBUTES),
  );
  const signature = sign('sha256', asked, privateKey);
  const der = element(
    SEQUENCE,
    asked,
    element(SEQUENCE, ECDSA_SHA256),
    element(BIT_STRING, Buffer.of(0), signature),
  );
  return { key, der };
}

/** Definite lengths, as DER wants them. Source: ITU-T X.690, section 8.1.3. */
function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}
