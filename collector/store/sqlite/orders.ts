import type { EnrollStore, JoinToken, NodeCertificate } from '../../enroll/enroll-store.ts';
import type {
  AuditRecord,
  CommandFilter,
  CommandRecord,
  DocumentKind,
  FleetOrders,
  NewDocument,
  ReceiptFilter,
} from '../fleet-orders.ts';
import type { PageRequest } from '../page.ts';
import type { Acknowledgement } from '../views.ts';
import { audit, lastAudit, putAudit, removeAudit } from './audit-rows.ts';
import { Calls } from './calls.ts';
import {
  command,
  commandDetail,
  commands,
  commandsNamed,
  putCommands,
  unauditedResults,
} from './command-rows.ts';
import {
  deleteDocument,
  document,
  documents,
  documentsOf,
  putDocuments,
  verdictLists,
} from './document-rows.ts';
import {
  certificates,
  deleteJoinToken,
  joinToken,
  joinTokens,
  putJoinToken,
  recordCertificate,
  revokedBefore,
  revokeNode,
} from './enrollment-rows.ts';
import { recordRefusal } from './node-rows.ts';
import { receipt, receipts, receiptsOf } from './receipt-rows.ts';
import { acknowledgeDifferences, differencesOf } from './verification-rows.ts';

/** What people order, and who may join. */
export class Orders extends Calls implements FleetOrders, EnrollStore {
  putCommands(records: readonly CommandRecord[]) {
    return this.durable((database) => putCommands(database, records));
  }

  command(id: string, at: number) {
    return this.settle((database) => command(database, id, at));
  }

  commandsNamed(ids: readonly string[], at: number) {
    return this.settle((database) => commandsNamed(database, ids, at));
  }

  commands(filter: CommandFilter, at: number, page: PageRequest) {
    return this.settle((database) => commands(database, filter, at, page));
  }

  commandDetail(id: string) {
    return this.settle((database) => commandDetail(database, id));
  }

  unauditedResults(limit: number) {
    return this.settle((database) => unauditedResults(database, limit));
  }

  receipts(filter: ReceiptFilter, page: PageRequest) {
    return this.settle((database) => receipts(database, filter, page));
  }

  receipt(name: string, runId: string) {
    return this.settle((database) => receipt(database, name, runId));
  }

  receiptsOf(...[runs]: Parameters<FleetOrders['receiptsOf']>) {
    return this.settle((database) => receiptsOf(database, runs));
  }

  // All work is this collector's: there is no other.
  putDocuments(made: readonly NewDocument[], at: number) {
    return this.durable((database) => putDocuments(database, made, at));
  }

  document(kind: DocumentKind, id: string) {
    return this.settle((database) => document(database, kind, id));
  }

  documents(kind: DocumentKind, page: PageRequest) {
    return this.settle((database) => documents(database, kind, page));
  }

  verdictLists(page: PageRequest) {
    return this.settle((database) => verdictLists(database, page));
  }

  documentsOf(kind: DocumentKind, parent: string) {
    return this.settle((database) => documentsOf(database, kind, parent));
  }

  deleteDocument(kind: DocumentKind, id: string) {
    return this.durable((database) => deleteDocument(database, kind, id));
  }

  differencesOf(diffId: string) {
    return this.settle((database) => differencesOf(database, diffId));
  }

  acknowledgeDifferences(diffId: string, until: number, acknowledgement: Acknowledgement) {
    return this.durable((database) => acknowledgeDifferences(database, diffId, until, acknowledgement));
  }

  putAudit(entries: readonly AuditRecord[], resultsOf: readonly string[]) {
    return this.durable((database) => putAudit(database, entries, resultsOf));
  }

  lastAudit() {
    return this.settle((database) => lastAudit(database));
  }

  audit(fromSequence: number, limit: number) {
    return this.settle((database) => audit(database, fromSequence, limit));
  }

  removeAudit(upToSequence: number) {
    return this.durable((database) => removeAudit(database, upToSequence));
  }

  putJoinToken(token: Omit<JoinToken, 'used'>) {
    return this.durable((database) => putJoinToken(database, token));
  }

  joinToken(id: string) {
    return this.settle((database) => joinToken(database, id));
  }

  joinTokens(page: PageRequest) {
    return this.settle((database) => joinTokens(database, page));
  }

  deleteJoinToken(id: string) {
    return this.durable((database) => deleteJoinToken(database, id));
  }

  recordCertificate(certificate: NodeCertificate) {
    return this.durable((database) => recordCertificate(database, certificate));
  }

  certificates(page: PageRequest) {
    return this.settle((database) => certificates(database, page));
  }

  revokeNode(name: string, at: number) {
    return this.durable((database) => revokeNode(database, name, at));
  }

  revokedBefore(name: string) {
    return this.settle((database) => revokedBefore(database, name));
  }

  recordRefusal(refusal: Parameters<EnrollStore['recordRefusal']>[0]) {
    return this.settle((database) => recordRefusal(database, refusal));
  }
}
