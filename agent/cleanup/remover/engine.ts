import type { Storage, StorageRoot, StoredThing } from '../../../core/cleanup/storage.ts';
import type { Engine } from '../../../core/inventory.ts';
import type { HoldingsReader } from '../../runtimes/holdings.ts';
import type { Removal } from '../../runtimes/removal.ts';

/** One engine as a run sees it: what it tells and what it can be told. */
export interface RemovalEngine {
  readonly id: Engine['id'];
  readonly reader: HoldingsReader;
  readonly removal: Removal;
}

/** What all engines keep, as one storage. */
export async function storageNow(engines: readonly RemovalEngine[], signal: AbortSignal): Promise<Storage> {
  const things = new Map<string, StoredThing>();
  const roots: StorageRoot[] = [];
  for (const { reader } of engines) {
    const { storage } = await reader.holdings(signal);
    for (const [id, thing] of storage.things) things.set(id, thing);
    roots.push(...storage.roots);
  }
  return { things, roots };
}
