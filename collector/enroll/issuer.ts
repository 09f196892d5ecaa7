import { CertificateError } from '../../platform/certificate-error.ts';
import { certifyNode } from '../../platform/certificate-authority.ts';
import type { Logger } from '../../platform/logging.ts';
import { isNodeName } from '../../platform/node-identity.ts';
import { requestedKey, type RequestedKey } from '../../platform/requested-key.ts';
import type { EnrollmentAnswer, EnrollmentRequest } from '../../proto/codec/enroll.ts';
import { quoted } from '../../proto/codec/fields.ts';
import type { EnrollmentAuthority } from './authority-files.ts';
import type { EnrollStore } from './enroll-store.ts';
import { EnrollmentRefusal } from './enrollment-refusal.ts';
import { isTextOf, joinTokenId, matchesPattern } from './join-token.ts';
import { checkRenewal } from './renewal.ts';

/** Nodes whose clocks are a little behind accept a certificate made just now; a short life is not backdated by more than this part of it. */
const BACKDATE_MS = 300_000;
const BACKDATE_PART = 0.1;

export interface IssuerParts {
  readonly store: EnrollStore;
  /** As the files are now. */
  readonly authority: () => Promise<EnrollmentAuthority>;
  /** Whose service-account token it is: a node's name. Throws an EnrollmentRefusal. */
  readonly reviewToken: (token: string, signal: AbortSignal) => Promise<string>;
  /** How long certificates are valid, ms. */
  readonly lifeMs: number;
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly logger: Logger;
}

/** Decides who gets a certificate. */
export class CertificateIssuer {
  readonly #parts: IssuerParts;

  constructor(parts: IssuerParts) {
    this.#parts = parts;
  }

  /** Checks key and proof, records the certificate, and only then gives it. Throws an EnrollmentRefusal. */
  async issue(request: EnrollmentRequest, signal: AbortSignal): Promise<EnrollmentAnswer> {
    const { store, clock, lifeMs, logger } = this.#parts;
    const { node, proof } = request;
    if (!isNodeName(node)) throw new EnrollmentRefusal('malformed', `${quoted(node)} cannot name a node`);
    const { publicKey, fingerprint } = await keyOf(request.certificateRequest);
    const authority = await this.#parts.authority();
    const revokedBefore = await store.revokedBefore(node);
    const joinToken = await this.#prove(request, authority, revokedBefore, signal);
    const now = clock();
    const issued = await certifyNode(authority.signer, {
      node,
      publicKey,
      notBefore: Math.max(now - Math.min(BACKDATE_MS, lifeMs * BACKDATE_PART), revokedBefore),
      notAfter: Math.min(now + lifeMs, Date.parse(authority.certificate.validTo)),
    });
    signal.throwIfAborted();
    const outcome = await store.recordCertificate({
      serial: issued.serial,
      node,
      key: fingerprint,
      issuedAt: now,
      validUntil: issued.validUntil,
      proof: proof.kind,
      ...(joinToken !== undefined && { joinToken }),
    });
    if (outcome !== 'recorded') throw notRecorded(outcome);
    const until = new Date(issued.validUntil).toISOString();
    logger.info({ node, serial: issued.serial, until, proof: proof.kind }, 'certificate issued');
    return {
      certificateChain: issued.certificate + authority.chain,
      authorities: authority.authorities,
      notAfter: issued.validUntil,
    };
  }

  /** The id of the join token that was shown, if one was. */
  async #prove(
    { node, certificateRequest, proof }: EnrollmentRequest,
    authority: EnrollmentAuthority,
    revokedBefore: number,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    switch (proof.kind) {
      case 'join-token':
        return this.#joinToken(node, proof.token);
      case 'service-account-token': {
        const named = await this.#parts.reviewToken(proof.token, signal);
        if (named === node) return undefined;
        throw denied(`the service-account token is that of a pod on node ${quoted(named)}, not ${node}`);
      }
      case 'renewal':
        checkRenewal({
          node,
          certificateRequest,
          proof,
          authority: authority.certificate,
          revokedBefore,
          now: this.#parts.clock(),
        });
        return undefined;
    }
  }

  async #joinToken(node: string, text: string): Promise<string> {
    const { store, clock } = this.#parts;
    const id = joinTokenId(text);
    const token = id === undefined ? undefined : await store.joinToken(id);
    if (token === undefined || !isTextOf(token, text)) {
      throw new EnrollmentRefusal('stranger', 'the join token is not known');
    }
    if (!matchesPattern(token.nodes, node)) {
      throw denied(`join token ${token.id} is for ${token.nodes}, not for node ${node}`);
    }
    if (token.expiresAt <= clock()) {
      throw denied(`join token ${token.id} expired at ${new Date(token.expiresAt).toISOString()}`);
    }
    return token.id;
  }
}

async function keyOf(der: Uint8Array): Promise<RequestedKey> {
  try {
    return await requestedKey(der);
  } catch (error) {
    if (error instanceof CertificateError) throw new EnrollmentRefusal('malformed', error.message, error);
    throw error;
  }
}

function notRecorded(outcome: 'key-in-use' | 'token-spent'): EnrollmentRefusal {
  switch (outcome) {
    case 'key-in-use':
      return denied('the key is already that of another node; each node makes one of its own');
    case 'token-spent':
      return denied('the join token is used up');
  }
}

function denied(message: string): EnrollmentRefusal {
  return new EnrollmentRefusal('denied', message);
}
