import type { ReceiptRecord } from '../ingest/ingest-store.ts';
import type { Page, PageRequest } from './page.ts';
import type { Acknowledgement, VerificationView } from './views.ts';

// What people order through the collector, and what came of it. All times are ms since the epoch.

/** Also part of the store's contract: see `Store`. What is put here survives a loss of power. */
export interface FleetOrders {
  /** Keeps commands for `pendingCommands` until they expire or a result of their id arrives. The same id again changes nothing. */
  putCommands(commands: readonly CommandRecord[]): Promise<void>;
  /** `at`: now. A command that expired without a result is `expired`; a result that comes later still counts. */
  command(id: string, at: number): Promise<CommandView | undefined>;
  /** Those of these that there are, in any order. */
  commandsNamed(ids: readonly string[], at: number): Promise<readonly CommandView[]>;
  /** Latest first. */
  commands(filter: CommandFilter, at: number, page: PageRequest): Promise<Page<CommandView>>;
  /** What the node sent beside the sentence, as it came; undefined when there is none. */
  commandDetail(id: string): Promise<Uint8Array | undefined>;
  /** Finished commands whose result is not in the audit log yet, the first to finish first. */
  unauditedResults(limit: number): Promise<readonly CommandView[]>;

  /** The last one of each run, by when the run began, latest first. They outlive their node. */
  receipts(filter: ReceiptFilter, page: PageRequest): Promise<Page<ReceiptView>>;
  receipt(node: string, runId: string): Promise<ReceiptView | undefined>;
  /** Those of these runs that there are, in any order. */
  receiptsOf(
    runs: readonly { readonly node: string; readonly runId: string }[],
  ): Promise<readonly ReceiptView[]>;

  /**
   * Writes all of them, or none; those of the same kind and ID are replaced, and keep the time of their making. `work`: only
   * as long as that is this collector's (see `Store.alone`); a StoreError `moved` when another one has taken it over.
   */
  putDocuments(documents: readonly NewDocument[], at: number, work?: string): Promise<void>;
  document(kind: DocumentKind, id: string): Promise<StoredDocument | undefined>;
  /** Latest made first, then by ID. */
  documents(kind: DocumentKind, page: PageRequest): Promise<Page<StoredDocument>>;
  /** Verdict lists, without reading what is on them. Latest made first, then by name. */
  verdictLists(page: PageRequest): Promise<Page<VerdictListOutline>>;
  /** All that belong to another document, by ID. */
  documentsOf(kind: DocumentKind, parent: string): Promise<readonly StoredDocument[]>;
  /** With all that belong to it. False: there was none. */
  deleteDocument(kind: DocumentKind, id: string): Promise<boolean>;

  /** In what two nodes read that layer differently, latest first: at most one for each set of catalogers. */
  differencesOf(diffId: string): Promise<readonly VerificationView[]>;
  /** Marks those of them that came until then and are not marked yet. One that comes later, of the same set too, is not. */
  acknowledgeDifferences(diffId: string, until: number, acknowledgement: Acknowledgement): Promise<void>;

  /**
   * Appends to the audit log, and marks the results of these commands as told there. Throws a StoreError `invalid`, and
   * writes nothing, when a number is taken or one is left out. No pruning takes anything from it but `removeAudit`.
   */
  putAudit(entries: readonly AuditRecord[], resultsOf: readonly string[]): Promise<void>;
  /** Undefined: the log is empty. */
  lastAudit(): Promise<AuditRecord | undefined>;
  /** By number, from that one on. */
  audit(fromSequence: number, limit: number): Promise<readonly AuditRecord[]>;
  /** Removes the oldest entries, up to and with that number. */
  removeAudit(upToSequence: number): Promise<void>;
}

/** The encoded command beside what of it is asked for. */
export interface CommandRecord {
  readonly id: string;
  readonly node: string;
  /** The encoded `tallyman.v1.Command`. */
  readonly payload: Uint8Array;
  readonly issuer: string;
  /** `kind` of the action. */
  readonly action: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface CommandView extends Omit<CommandRecord, 'payload'> {
  readonly state: 'waiting' | 'sent' | 'done' | 'failed' | 'refused' | 'expired';
  /** When it was last handed to the node's session. */
  readonly sentAt?: number;
  readonly finishedAt?: number;
  readonly message?: string;
  /** Where the node's own audit log ended when it told the result. */
  readonly audit?: { readonly hash: string; readonly sequence: number };
  readonly hasDetail: boolean;
}

export interface CommandFilter {
  readonly node?: string;
}

export interface ReceiptFilter {
  readonly node?: string;
  /** Only runs that began at this time or later. */
  readonly since?: number;
}

export interface ReceiptView extends ReceiptRecord {
  readonly node: string;
  /** When this last word of it was stored. */
  readonly storedAt: number;
}

/**
 * What the collector writes down of its own work, as JSON.
 * - `fleet-plan`, and a `plan-node` of it for each node
 * - `rollout`, and a `rollout-node` of it for each node
 * - `verdict-list`: never pruned
 * - `upkeep`: as of when old data was last removed; never pruned
 */
export type DocumentKind =
  'fleet-plan' | 'plan-node' | 'rollout' | 'rollout-node' | 'verdict-list' | 'upkeep';

export interface NewDocument {
  readonly kind: DocumentKind;
  readonly id: string;
  /** ID of the document that this one belongs to, and goes with; absent when it stands alone. */
  readonly parent?: string;
  readonly value: unknown;
}

export interface StoredDocument {
  readonly id: string;
  readonly value: unknown;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** What a list of verdict lists says of each. */
export interface VerdictListOutline {
  readonly name: string;
  /** Who last put it. */
  readonly issuer: string;
  readonly changedAt: number;
  /** How many images are on it. */
  readonly entries: number;
}

/** A link of the audit log's chain: core/audit-chain.ts. */
export interface AuditRecord {
  /** Counts up by one; the first that is kept may be any. */
  readonly sequence: number;
  readonly at: number;
  /** Hex: over this entry and the hash before it. */
  readonly hash: string;
  /** What the hash is over, as JSON. */
  readonly entry: string;
}
