import type { AuditEvent } from '../../core/audit-chain.ts';
import type { EnrollStore } from './enroll-store.ts';
import { newJoinToken } from './join-token.ts';
import { shownToken, type JoinTokenView, type JoinTokenWish } from './join-token-orders.ts';

/** Who orders, for the audit log. */
export interface Orderer {
  /** A person, as the client says; whoever shows the API token can say anything. */
  readonly name: string;
  /** From where it came: an address, or `the database`. */
  readonly from: string;
}

export interface EnrollmentOrdersParts {
  readonly store: Pick<
    EnrollStore,
    'putJoinToken' | 'joinToken' | 'deleteJoinToken' | 'revokeNode' | 'revokedBefore'
  >;
  readonly audit: { write(events: readonly AuditEvent[]): Promise<void> };
  /** ms since the epoch. */
  readonly clock: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** What people order about who may have a certificate. It is in the audit log before it is done. */
export class EnrollmentOrders {
  readonly #parts: EnrollmentOrdersParts;

  constructor(parts: EnrollmentOrdersParts) {
    this.#parts = parts;
  }

  /** Makes a token. Its text is told here and never again. */
  async createToken(
    wish: JoinTokenWish,
    orderer: Orderer,
  ): Promise<JoinTokenView & { readonly text: string }> {
    const { store, clock, randomBytes } = this.#parts;
    const { text, token } = newJoinToken({ ...wish, now: clock(), randomBytes });
    const { id, nodes, uses, expiresAt } = token;
    const until = new Date(expiresAt).toISOString();
    await this.#write('join-token', id, 'created', orderer, { nodes, uses, until });
    await store.putJoinToken(token);
    return { ...shownToken(token), text };
  }

  /** False: there is none of that id. */
  async deleteToken(id: string, orderer: Orderer): Promise<boolean> {
    const { store } = this.#parts;
    const token = await store.joinToken(id);
    if (token === undefined) return false;
    const { nodes, uses, used } = token;
    await this.#write('join-token', id, 'deleted', orderer, { nodes, uses, used });
    return store.deleteJoinToken(id);
  }

  /**
   * All certificates of the node that are valid from before count no more: none is renewed, no session begins with one, and
   * those under way end within a minute or two. Certificates have whole seconds, so the moment is the next of these.
   */
  async revoke(
    node: string,
    orderer: Orderer,
  ): Promise<{ readonly node: string; readonly revokedBefore: number }> {
    const { store, clock } = this.#parts;
    const at = Math.ceil(clock() / 1000) * 1000;
    const before = new Date(at).toISOString();
    await this.#write('certificates', node, 'revoked', orderer, { before });
    await store.revokeNode(node, at);
    return { node, revokedBefore: await store.revokedBefore(node) };
  }

  #write(
    action: string,
    subject: string,
    outcome: string,
    { name, from }: Orderer,
    detail: AuditEvent['detail'],
  ): Promise<void> {
    const { audit, clock } = this.#parts;
    const event = { at: clock(), actor: name, action, subject, outcome, detail: { ...detail, from } };
    return audit.write([event]);
  }
}
