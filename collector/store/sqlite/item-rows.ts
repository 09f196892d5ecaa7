import type { StateItem } from '../../../core/inventory.ts';
import type { HeldItem } from '../item-key.ts';
import type { Database } from './database.ts';
import type { ImageNodes } from './image-nodes.ts';

/** What the tables of one kind of state item offer to state.ts. All calls stand inside a transaction. */
export interface ItemRows<Kind extends StateItem['kind']> {
  /** Stores an item of a node; returns the hash of what it replaces. */
  write(context: WriteContext, item: ItemOf<Kind>, hash: Uint8Array): Uint8Array | undefined;
  /** Removes the item of that key; returns its hash, or undefined when the node has none. */
  remove(context: WriteContext, key: string): Uint8Array | undefined;
  /** Keys and hashes of all items of a node. */
  held(database: Database, node: number): Iterable<HeldItem>;
}

export type ItemOf<Kind extends StateItem['kind']> = Extract<StateItem, { kind: Kind }>['value'];

export interface WriteContext {
  readonly database: Database;
  readonly node: number;
  /** ms since the epoch, the collector's clock. */
  readonly at: number;
  /** What to tell `ImageNodes` once the transaction is committed. */
  readonly afterCommit: ((index: ImageNodes) => void)[];
}
