import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeCertificate } from '../../collector/enroll/enroll-store.ts';
import type { Orderer } from '../../collector/enroll/enrollment-orders.ts';
import {
  shownToken,
  wishProblem,
  type JoinTokenView,
  type JoinTokenWish,
} from '../../collector/enroll/join-token-orders.ts';
import type { Store } from '../../collector/store/store.ts';
import type { ApiClient, Page } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';
import { asker } from '../fleet/cleanup/asker.ts';

export type MadeToken = JoinTokenView & { readonly text: string };

/** Where who may enrol is decided: a running collector, or its database while it is stopped. */
export interface EnrollmentDesk {
  createToken(wish: JoinTokenWish): Promise<MadeToken>;
  tokens(limit: number): Promise<Page<JoinTokenView>>;
  /** Throws a Failure when there is none of that id. */
  deleteToken(id: string): Promise<void>;
  certificates(limit: number): Promise<Page<NodeCertificate>>;
  revoke(node: string): Promise<{ readonly node: string; readonly revokedBefore: number }>;
  close(): Promise<void>;
}

/** Throws a Failure for a wish that cannot be. */
function checkWish(wish: JoinTokenWish): void {
  const problem = wishProblem(wish);
  if (problem !== undefined) throw new Failure(EXIT.usage, problem);
}

export function collectorDesk(api: ApiClient): EnrollmentDesk {
  const path = (part: string): string => encodeURIComponent(part);
  const issuer = asker();
  return {
    async createToken(wish) {
      checkWish(wish);
      return api.send<MadeToken>('POST', 'enrollment/tokens', { ...wish, issuer });
    },
    tokens: (limit) => api.list<JoinTokenView>('enrollment/tokens', {}, limit),
    async deleteToken(id) {
      await api.send('DELETE', `enrollment/tokens/${path(id)}`, { issuer });
    },
    certificates: (limit) => api.list<NodeCertificate>('enrollment/certificates', {}, limit),
    revoke: (node) => api.send('POST', `enrollment/nodes/${path(node)}/revoke?issuer=${path(issuer)}`, {}),
    close: () => Promise.resolve(),
  };
}

/** Opens a collector's database. Throws a Failure when there is none, or a StoreError while a collector has it. */
export async function databaseDesk(folder: string): Promise<EnrollmentDesk> {
  if (!existsSync(join(folder, 'tallyman.db'))) {
    throw new Failure(EXIT.notFound, `${folder} holds no database of a collector; give its data-dir`);
  }
  // Loaded here: over the API it is not needed.
  const { openSqliteStore } = await import('../../collector/store/sqlite/sqlite-store.ts');
  const { AuditLog } = await import('../../collector/cleanup/audit-log.ts');
  const { EnrollmentOrders } = await import('../../collector/enroll/enrollment-orders.ts');
  const store: Store = openSqliteStore(folder, (error) => {
    throw error;
  });
  const orders = new EnrollmentOrders({ store, audit: new AuditLog(store), clock: Date.now, randomBytes });
  const orderer: Orderer = { name: asker(), from: 'the database' };
  return {
    async createToken(wish) {
      checkWish(wish);
      return orders.createToken(wish, orderer);
    },
    async tokens(limit) {
      const { items, next } = await store.joinTokens({ limit });
      return { items: items.map(shownToken), ...(next !== undefined && { next }) };
    },
    async deleteToken(id) {
      if (await orders.deleteToken(id, orderer)) return;
      throw new Failure(EXIT.notFound, `join token ${id} is not known to this collector`);
    },
    certificates: (limit) => store.certificates({ limit }),
    revoke: (node) => orders.revoke(node, orderer),
    close: () => store.close(),
  };
}
