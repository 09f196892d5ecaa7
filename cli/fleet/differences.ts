import type { ApiClient, Page } from '../api-client.ts';
import { EXIT, Failure } from '../failure.ts';
import { asker } from './cleanup/asker.ts';
import type { FleetVerification } from './views.ts';

/** Least of a layer's digest that names it, in digits. */
const LEAST_DIGITS = 6;

/** Says on stderr that two nodes read a layer differently, if any did: nobody looks for that by themselves. */
export async function hintAtDifferences(api: ApiClient): Promise<void> {
  const found = await api.get<Page<FleetVerification>>('verification', { outcome: 'open', limit: 1 });
  if (found.items.length > 0)
    process.stderr.write(
      "tallyman: nodes read a layer differently; 'tallyman fleet verification --outcome open' shows what\n",
    );
}

/**
 * Marks what two nodes read differently in a layer as known, as far as it is listed now. `layer`: its diff ID, or how
 * that begins. Returns all differences of the layer.
 */
export async function acknowledgeDifferences(
  api: ApiClient,
  layer: string,
  reason: string | undefined,
): Promise<readonly FleetVerification[]> {
  const digits = layer.replace(/^sha256:/, '');
  if (digits.length < LEAST_DIGITS) {
    throw new Failure(
      EXIT.usage,
      `"${layer}" is too short; give ${LEAST_DIGITS} digits of the layer or more`,
    );
  }
  const all = await api.all<FleetVerification>('verification', { outcome: 'different' });
  const found = all.filter(({ diffId }) => diffId.startsWith(`sha256:${digits}`));
  const [diffId, ...others] = new Set(found.map((one) => one.diffId));
  if (diffId === undefined) {
    throw new Failure(EXIT.notFound, `no two nodes read a layer ${layer} differently`);
  }
  if (others.length > 0) {
    throw new Failure(EXIT.usage, `${others.length + 1} layers begin with ${layer}; give more of the digits`);
  }
  const answer = await api.send<Page<FleetVerification>>(
    'POST',
    `verification/${encodeURIComponent(diffId)}/acknowledge`,
    { issuer: asker(), until: Math.max(...found.map(({ at }) => at)), ...(reason && { reason }) },
  );
  return answer.items;
}
