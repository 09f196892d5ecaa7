import type { ApiClient, Page } from '../api-client.ts';
import type { FleetVerification } from './views.ts';

/** Says on stderr that two nodes read a layer differently, if any did: nobody looks for that by themselves. */
export async function hintAtDifferences(api: ApiClient): Promise<void> {
  const found = await api.get<Page<FleetVerification>>('verification', { outcome: 'different', limit: 1 });
  if (found.items.length > 0)
    process.stderr.write(
      "tallyman: nodes read a layer differently; 'tallyman fleet verification --outcome different' shows what\n",
    );
}
