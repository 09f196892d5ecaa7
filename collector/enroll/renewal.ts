import { verify, X509Certificate } from 'node:crypto';
import { peerIdentity } from '../../platform/node-identity.ts';
import { renewalMessage, type Proof } from '../../proto/codec/enroll.ts';
import { EnrollmentRefusal } from './enrollment-refusal.ts';

const LONGEST_CERTIFICATE_BYTES = 8192;
/** id-kp-clientAuth. Source: RFC 5280, section 4.2.1.12. */
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';

export interface RenewalCase {
  readonly node: string;
  /** DER. */
  readonly certificateRequest: Uint8Array;
  readonly proof: Extract<Proof, { kind: 'renewal' }>;
  /** Who must have issued the certificate. */
  readonly authority: X509Certificate;
  /** Certificates valid from before count no more, ms since the epoch. */
  readonly revokedBefore: number;
  readonly now: number;
}

/** Is this node the owner of a certificate that is good today? Throws an EnrollmentRefusal. */
export function checkRenewal({ node, certificateRequest, proof, authority, ...times }: RenewalCase): void {
  const certificate = certificateOf(proof.certificate);
  if (!isIssuedBy(certificate, authority)) {
    const why = 'the certificate cannot be renewed: it was not issued by this authority';
    throw new EnrollmentRefusal('stranger', why);
  }
  if (certificate.keyUsage !== undefined && !certificate.keyUsage.includes(CLIENT_AUTHENTICATION)) {
    throw denied('the certificate is no client certificate');
  }
  const identity = peerIdentity(certificate.raw);
  if (identity?.node !== node) throw denied(`the certificate is not that of node ${node}`);
  if (identity.validUntil <= times.now) {
    throw denied(`the certificate expired at ${new Date(identity.validUntil).toISOString()}`);
  }
  if (identity.validFrom < times.revokedBefore) throw denied('the certificate was revoked');
  if (!isSignedBy(certificate, renewalMessage(certificateRequest), proof.signature)) {
    throw denied("the request is not signed by the certificate's key");
  }
}

function certificateOf(der: Uint8Array): X509Certificate {
  try {
    if (der.length > LONGEST_CERTIFICATE_BYTES) throw new Error('it is too long');
    return new X509Certificate(der);
  } catch (error) {
    throw new EnrollmentRefusal('malformed', 'what it shows is no certificate', error);
  }
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}

function isSignedBy({ publicKey }: X509Certificate, message: Uint8Array, signature: Uint8Array): boolean {
  const digest = publicKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  try {
    return verify(digest, message, publicKey, signature);
  } catch {
    return false;
  }
}

function denied(why: string): EnrollmentRefusal {
  return new EnrollmentRefusal('denied', `the certificate cannot be renewed: ${why}`);
}
