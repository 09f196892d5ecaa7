import type { StateItem } from '../../../core/inventory.ts';
import type { HeldItem } from '../item-key.ts';
import type { Statements } from './database.ts';

/** What the tables of one kind of state item offer to state.ts. Writes stand inside a transaction that has the node. */
export interface ItemRows<Item> {
  write(context: WriteContext, items: readonly Item[]): Promise<Written>;
  /** Removes the items of those keys, as far as the node has them. */
  remove(context: WriteContext, keys: readonly string[]): Promise<Written>;
  /** Keys and hashes of all items of a node. */
  held(statements: Statements, node: number): Promise<HeldItem[]>;
}

/** An item with the hash of its bytes, and what the rows of images it names are. */
export interface HashedItem<Kind extends StateItem['kind']> {
  readonly key: string;
  readonly hash: Uint8Array;
  readonly value: Extract<StateItem, { kind: Kind }>['value'];
}

export interface WriteContext {
  readonly statements: Statements;
  readonly node: number;
  /** ms since the epoch, the collector's clock. */
  readonly at: number;
  /** Row ids by image ID. */
  readonly images: ReadonlyMap<string, number>;
}

/** What was replaced or removed, and by how much the node's counts changed. */
export interface Written {
  readonly before: readonly HeldItem[];
  readonly counts: Partial<Record<'images' | 'containers' | 'running' | 'processes', number>>;
}
