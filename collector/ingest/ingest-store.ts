import type { Composition } from '../../core/composition.ts';
import type { CatalogerFacts } from '../../core/facts.ts';
import type { StateItem } from '../../core/inventory.ts';
import type { ContentRef } from '../../proto/codec/content.ts';

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

/** What one event says; the bytes are the encoded `tallyman.v1.Event`. */
export interface IncomingEvent {
  readonly number: number;
  readonly time: number;
  readonly kind: string;
  readonly payload: Uint8Array;
  /** When the event is a command's result: what ends that command. */
  readonly commandResult?: { readonly commandId: string; readonly outcome: string; readonly message: string };
}

export interface PendingCommand {
  readonly id: string;
  /** The encoded `tallyman.v1.Command`. */
  readonly payload: Uint8Array;
  readonly expiresAt: number;
}

/** What sessions need of the store. Everything is stored (committed) once the promise is fulfilled. */
export interface IngestStore {
  /** After this the node exists and is connected. */
  startSession(start: SessionStart): Promise<void>;
  endSession(node: string, instance: string, at: number): Promise<void>;
  heartbeat(node: string, at: number, condition: 'ok' | 'degraded'): Promise<void>;
  /** Certificates of the node that are valid from an earlier time count no more, ms since the epoch; 0: all do. */
  revokedBefore(node: string): Promise<number>;
  /** Writes a line of the security record, such as a refused identity. */
  recordRefusal(record: {
    readonly node: string;
    readonly reason: string;
    readonly message: string;
    readonly at: number;
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
  putLayerFacts(ref: ContentRef, facts: readonly CatalogerFacts[], at: number): Promise<void>;
  /** Needs the facts of all its layers; says which are missing otherwise and stores nothing. */
  putComposition(
    ref: ContentRef,
    composition: Composition,
    at: number,
  ): Promise<{ readonly stored: true } | { readonly stored: false; readonly missing: readonly string[] }>;

  /** Last event number stored of a node's epoch; 0 when none. */
  eventsStored(node: string, epoch: string): Promise<number>;
  /** Stores those not stored yet, in order; returns the last number now stored. */
  putEvents(node: string, epoch: string, events: readonly IncomingEvent[], at: number): Promise<number>;

  /** Commands for this node that have no result and have not expired. */
  pendingCommands(node: string, at: number): Promise<readonly PendingCommand[]>;
}
