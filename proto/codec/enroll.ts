import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { integer, text } from './fields.ts';
import { textWriter } from './text-writer.ts';
import { WireError } from './wire-error.ts';

const { EnrollRequest, EnrollResponse } = tallyman.v1;

/** The method of `EnrollmentService` in proto/tallyman/v1/enroll.proto. */
export const ENROLL_PATH = '/tallyman.v1.EnrollmentService/Enroll';
/** More than the longest service-account token, certificate and request together. Both ends check it. */
export const MAX_ENROLL_BYTES = 16 * 1024;
/** A chain and a bundle of authorities are longer than what is asked with. */
export const MAX_ENROLLED_BYTES = 256 * 1024;

const MAX_FIELDS = 16;
const RENEWAL_PREFIX = Buffer.from('tallyman renewal 1\0', 'latin1');

/** By what a node shows that it may have a certificate. */
export type Proof =
  | { readonly kind: 'join-token' | 'service-account-token'; readonly token: string }
  /** DER, and the signature over `renewalMessage`. */
  | { readonly kind: 'renewal'; readonly certificate: Uint8Array; readonly signature: Uint8Array };

export interface EnrollmentRequest {
  readonly node: string;
  /** PKCS #10, DER. */
  readonly certificateRequest: Uint8Array;
  readonly proof: Proof;
}

export interface EnrollmentAnswer {
  /** PEM, the node's own first. */
  readonly certificateChain: string;
  /** PEM. */
  readonly authorities: string;
  /** ms since the epoch. */
  readonly notAfter: number;
}

/** What the key of the present certificate signs, to have another. */
export function renewalMessage(certificateRequest: Uint8Array): Uint8Array {
  return Buffer.concat([RENEWAL_PREFIX, certificateRequest]);
}

export function encodeEnrollmentRequest({ node, certificateRequest, proof }: EnrollmentRequest): Uint8Array {
  return EnrollRequest.encode({ node, certificateRequest, ...proofFields(proof) }, textWriter()).finish();
}

function proofFields(proof: Proof): tallyman.v1.EnrollRequest.$Properties {
  switch (proof.kind) {
    case 'join-token':
      return { joinToken: proof.token };
    case 'service-account-token':
      return { serviceAccountToken: proof.token };
    case 'renewal':
      return { renewal: { certificate: proof.certificate, signature: proof.signature } };
  }
}

/** Throws a WireError. */
export function decodeEnrollmentRequest(bytes: Uint8Array): EnrollmentRequest {
  const message = decodeBounded(EnrollRequest, bytes, MAX_FIELDS);
  return {
    node: text(message.node),
    certificateRequest: message.certificateRequest ?? new Uint8Array(),
    proof: proofOf(message),
  };
}

function proofOf(message: ReturnType<typeof EnrollRequest.decode>): Proof {
  switch (message.proof) {
    case 'joinToken':
      return { kind: 'join-token', token: message.joinToken };
    case 'serviceAccountToken':
      return { kind: 'service-account-token', token: message.serviceAccountToken };
    case 'renewal': {
      const { certificate, signature } = message.renewal;
      return {
        kind: 'renewal',
        certificate: certificate ?? new Uint8Array(),
        signature: signature ?? new Uint8Array(),
      };
    }
    case undefined:
    default:
      throw new WireError('unknown-word', 'the request shows no proof that is known here');
  }
}

export function encodeEnrollmentAnswer(answer: EnrollmentAnswer): Uint8Array {
  return EnrollResponse.encode(answer, textWriter()).finish();
}

/** Throws a WireError. */
export function decodeEnrollmentAnswer(bytes: Uint8Array): EnrollmentAnswer {
  const message = decodeBounded(EnrollResponse, bytes, MAX_FIELDS);
  return {
    certificateChain: text(message.certificateChain),
    authorities: text(message.authorities),
    notAfter: integer(message.notAfter),
  };
}
