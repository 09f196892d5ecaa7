import type { IngestStore } from '../ingest/ingest-store.ts';
import type { Page, PageRequest } from '../store/page.ts';

/** A join token as it is kept: enough to recognise it, not enough to use it. Times are ms since the epoch. */
export interface JoinToken {
  /** Public: how people and records name it. */
  readonly id: string;
  readonly salt: Uint8Array;
  /** SHA-256 over the salt and the token's text. */
  readonly hash: Uint8Array;
  /** Name of the node that may use it, or a pattern in which `*` stands for any characters. */
  readonly nodes: string;
  /** How many certificates it is good for, and how many were made with it. */
  readonly uses: number;
  readonly used: number;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** By what a node showed that it may have a certificate. */
export type EnrollmentProof = 'join-token' | 'service-account-token' | 'renewal';

/** A certificate that this collector issued. Times are ms since the epoch. */
export interface NodeCertificate {
  /** Hexadecimal. */
  readonly serial: string;
  readonly node: string;
  /** SHA-256 of its public key (SubjectPublicKeyInfo), hexadecimal. */
  readonly key: string;
  readonly issuedAt: number;
  readonly validUntil: number;
  readonly proof: EnrollmentProof;
  /** Id of the join token, where that was the proof. */
  readonly joinToken?: string;
}

/**
 * - `recorded`: the certificate may be handed out.
 * - `key-in-use`: another node has a certificate of this key that has not expired.
 * - `token-spent`: the join token is used up, expired or deleted.
 */
export type RecordOutcome = 'recorded' | 'key-in-use' | 'token-spent';

/** What enrolment needs of the store. Everything is stored (committed) once the promise is fulfilled. */
export interface EnrollStore extends Pick<IngestStore, 'recordRefusal' | 'revokedBefore'> {
  putJoinToken(token: Omit<JoinToken, 'used'>): Promise<void>;
  joinToken(id: string): Promise<JoinToken | undefined>;
  /** Latest first. */
  joinTokens(page: PageRequest): Promise<Page<JoinToken>>;
  /** False: there is none of that id. */
  deleteJoinToken(id: string): Promise<boolean>;
  /**
   * Records a certificate before it is handed out, and takes one use of its join token, in one transaction: of two
   * at once for the last use, one gets it. The same token, node and key again takes no second use, for then an answer was lost.
   */
  recordCertificate(certificate: NodeCertificate): Promise<RecordOutcome>;
  /** Latest first. */
  certificates(page: PageRequest): Promise<Page<NodeCertificate>>;
  /** Certificates of the node that are valid from an earlier time than `at` count no more. Never goes back. */
  revokeNode(node: string, at: number): Promise<void>;
}
