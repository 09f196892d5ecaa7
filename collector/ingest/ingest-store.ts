import type { Composition } from '../../core/composition.ts';
import type { CatalogerFacts } from '../../core/facts.ts';
import type { StateItem } from '../../core/inventory.ts';
import type { ContentRef } from '../../proto/codec/content.ts';
import type { AuditHead, EventBody, Outcome } from '../../proto/codec/event.ts';

export type { ContentKind, ContentRef } from '../../proto/codec/content.ts';

/** A state item as it came: its decoded value beside the hash of its bytes. */
export interface IncomingItem {
  readonly key: string;
  readonly hash: Uint8Array;
  readonly item: StateItem;
}

export interface SessionStart {
  readonly node: string;
  readonly instance: string;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly epoch: string;
  /** ms since the epoch, the collector's clock. */
  readonly at: number;
  /** Until when the node's certificate is valid, ms since the epoch; absent in plain text. */
  readonly certificateUntil?: number;
}

/** What a cleanup run did, as its node tells it: proto/codec/event.ts. */
export type ReceiptRecord = Omit<Extract<EventBody, { kind: 'receipt' }>, 'kind'>;

/** What one event says; the bytes are the encoded `tallyman.v1.Event`. */
export interface IncomingEvent {
  readonly number: number;
  readonly time: number;
  readonly kind: string;
  readonly payload: Uint8Array;
  /** When the event is a command's result: what ends that command. */
  readonly commandResult?: {
    readonly commandId: string;
    readonly outcome: Outcome;
    readonly message: string;
    /** The plan or receipt, packed: proto/codec/command-detail.ts. */
    readonly detail?: Uint8Array;
    readonly audit?: AuditHead;
  };
  /** When the event is a receipt: it replaces what was known of that run. */
  readonly receipt?: ReceiptRecord;
}

export interface PendingCommand {
  readonly id: string;
  /** The encoded `tallyman.v1.Command`. */
  readonly payload: Uint8Array;
  readonly expiresAt: number;
}

/** The first `most` but for some. */
export interface PendingPart {
  readonly most: number;
  /** Their IDs. */
  readonly but: readonly string[];
}

/** Content that a node could supply, and how long it has for what it is asked for. */
export interface ContentClaim {
  readonly node: string;
  /** `verify`: when it is stored already, a second node shall supply it too, to compare. */
  readonly offered: readonly { readonly ref: ContentRef; readonly verify: boolean }[];
  /** ms since the epoch. A database that several collectors share goes by its own clock instead. */
  readonly at: number;
  readonly leaseMs: number;
  /** Most leases of all nodes that may run at a time; one node gets no more new ones than it leaves free. 0: none at all. */
  readonly most: number;
}

/**
 * What is said to one offered ref.
 * - `held`: stored; nothing is asked of this node.
 * - `wanted`: this node is asked, under the lease of that token. `verify`: it is stored, and compared with what comes.
 * - `elsewhere`: another node is at it, or too many leases run.
 */
export type ClaimAnswer =
  | { readonly kind: 'held' | 'elsewhere' }
  | { readonly kind: 'wanted'; readonly token: number; readonly verify: boolean };

/** Under what content is stored. */
export interface ContentLease {
  readonly node: string;
  readonly token: number;
}

/** `lease`: another node got the lease since. `layers`: facts that must be stored before are missing. Nothing was stored then. */
export type PutResult =
  | { readonly stored: true }
  | { readonly stored: false; readonly why: 'lease' }
  | { readonly stored: false; readonly why: 'layers'; readonly missing: readonly string[] };

/** What one cataloger read from a layer, and on which node; that is empty when it is not known. */
export interface SuppliedFacts {
  readonly node: string;
  readonly facts: CatalogerFacts;
}

/** The first thing in which two nodes' facts of a layer differ. */
export interface FactsDifference {
  readonly cataloger: string;
  readonly version: number;
  /** The node whose facts are stored. */
  readonly suppliedBy: string;
  readonly path: string;
  /** What each says of the path, cut short; empty when it has nothing of it. */
  readonly stored: string;
  readonly computed: string;
}

/** A layer that a second node read too. */
export interface Verification {
  readonly ref: ContentRef;
  /** Who read it again, and under which lease. */
  readonly lease: ContentLease;
  readonly at: number;
  /** Absent: both read the same. */
  readonly difference?: FactsDifference;
}

/** `elsewhere`: another agent of that name has a session at another collector, which lives; nothing was changed. */
export type SessionStarted = 'started' | 'elsewhere';

/** What sessions need of the store. Everything is stored (committed) once the promise is fulfilled. */
export interface IngestStore {
  /** Calls that wait for a database of its own; 0: none do. */
  readonly backlog: number;
  /** After this the node exists and is connected, here: the same agent's session at another collector writes no more. */
  startSession(start: SessionStart): Promise<SessionStarted>;
  /** Ends nothing that began later, here or at another collector. */
  endSession(node: string, instance: string, at: number): Promise<void>;
  heartbeat(node: string, at: number, condition: 'ok' | 'degraded'): Promise<void>;
  /** Certificates of the node that are valid from an earlier time count no more, ms since the epoch; 0: all do. */
  revokedBefore(node: string): Promise<number>;
  /** Writes a line of the security record, such as a refused identity. `count`: how often it happened, once when absent. */
  recordRefusal(record: {
    readonly node: string;
    readonly reason: string;
    readonly message: string;
    readonly at: number;
    readonly count?: number;
  }): Promise<void>;

  /** Bucket hashes of the state held for a node, 256 x 32 bytes (all zero: none). */
  bucketHashes(node: string): Promise<Uint8Array>;
  /** Writes and deletes, in one transaction; returns the hashes of items that were replaced or deleted, by key. */
  applyState(
    node: string,
    upserts: readonly IncomingItem[],
    deletes: readonly string[],
    at: number,
  ): Promise<readonly { readonly key: string; readonly hash: Uint8Array }[]>;
  /** Keys held in some buckets, with their hashes. */
  bucketItems(
    node: string,
    buckets: readonly number[],
  ): Promise<readonly { readonly key: string; readonly hash: Uint8Array }[]>;

  /** Of these refs, those that are not stored. */
  lacking(refs: readonly ContentRef[]): Promise<readonly ContentRef[]>;
  /**
   * Asks a node for what it offers and nobody else is asked for; one answer for each ref, in their order. A lease is its
   * node's until it lapses or is released; the same node gets it anew at once. Each token is higher than all before it,
   * whichever collector gave them. Nothing is written when nothing is wanted, but that what pruning was about to remove stays:
   * what is said to be held is for half an hour at the least.
   *
   * What is stored and shall be verified is wanted once: of a node that supplied none of it.
   */
  claimContent(claim: ContentClaim): Promise<readonly ClaimAnswer[]>;
  /** The content will not come. Tokens that are no longer in force are passed over. */
  releaseLeases(tokens: readonly number[]): Promise<void>;
  /**
   * With a lease: stored only if that is the last one given on it, lapsed or not, which is checked in the same
   * transaction and ends it. Without: for imports. What is stored already stays as it is.
   */
  putLayerFacts(
    ref: ContentRef,
    facts: readonly CatalogerFacts[],
    at: number,
    lease?: ContentLease,
  ): Promise<PutResult>;
  /** As above. Needs the facts of all its layers. */
  putComposition(
    ref: ContentRef,
    composition: Composition,
    at: number,
    lease?: ContentLease,
  ): Promise<PutResult>;
  /** What is stored of a layer, as far as it is kept, by cataloger; undefined when the layer is not stored for the set. */
  suppliedFacts(ref: ContentRef): Promise<readonly SuppliedFacts[] | undefined>;
  /** Keeps what a comparison showed and ends its lease; the facts stay. False, and nothing kept: another got the lease. */
  putVerification(verification: Verification): Promise<boolean>;

  /** Last event number stored of a node's epoch; 0 when none. */
  eventsStored(node: string, epoch: string): Promise<number>;
  /** Stores those not stored yet, in order; returns the last number now stored. */
  putEvents(node: string, epoch: string, events: readonly IncomingEvent[], at: number): Promise<number>;

  /** Commands for this node that have no result and have not expired, in the order in which they were put, wherever that was. */
  pendingCommands(node: string, at: number, part?: PendingPart): Promise<readonly PendingCommand[]>;
  /** `onCommand` hears of nodes for which another collector put a command; now and then also without a cause. */
  watchCommands(onCommand: (node: string) => void): void;
  /** These were handed to their nodes' sessions. */
  commandsSent(ids: readonly string[], at: number): Promise<void>;
}
