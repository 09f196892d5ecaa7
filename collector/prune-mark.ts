import type { FleetOrders } from './store/fleet-orders.ts';

const ID = 'pruned';

/** As of when old data was last removed. It is kept with the data, since it is about them. */
export interface PruneMark {
  /** ms since the epoch; undefined when none was removed yet. */
  read(): Promise<number | undefined>;
  write(asOf: number, at: number): Promise<void>;
}

export function pruneMark(store: Pick<FleetOrders, 'document' | 'putDocuments'>): PruneMark {
  return {
    async read() {
      const found = await store.document('upkeep', ID);
      return typeof found?.value === 'number' ? found.value : undefined;
    },
    async write(asOf, at) {
      await store.putDocuments([{ kind: 'upkeep', id: ID, value: asOf }], at);
    },
  };
}
