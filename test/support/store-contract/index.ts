import { test } from 'node:test';
import type { Store } from '../../../collector/store/store.ts';
import { contentContract } from './content.ts';
import { enrollmentContract } from './enrollment.ts';
import { listsContract } from './lists.ts';
import { ordersContract } from './orders.ts';
import { sessionsContract } from './sessions.ts';
import { stateContract } from './state.ts';
import { supplyContract } from './supply.ts';
import { upkeepContract } from './upkeep.ts';

/** What every Store must do. `open` gives an empty one, once a test; the test may close it. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  function contract(promise: string, run: (store: Store) => Promise<void>): void {
    test(`${name}: ${promise}`, async () => {
      const store = await open();
      try {
        await run(store);
      } finally {
        await store.close();
      }
    });
  }

  sessionsContract(contract);
  stateContract(contract);
  contentContract(contract);
  supplyContract(contract);
  enrollmentContract(contract);
  listsContract(contract);
  ordersContract(contract);
  upkeepContract(contract);
}
