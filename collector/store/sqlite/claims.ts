import type { ClaimAnswer, ContentClaim, ContentRef } from '../../ingest/ingest-store.ts';
import { hasComposition } from './composition-rows.ts';
import type { Database } from './database.ts';
import type { HeldContent } from './held-content.ts';
import { layerSet, suppliedBy, type LayerSet } from './layer-facts-rows.ts';
import { grantLease, isLeasedElsewhere, runningLeases } from './lease-rows.ts';
import { isVerified } from './verification-rows.ts';

/** What this node may be asked for, before anything is written. */
type Standing = 'held' | 'elsewhere' | 'lacking' | 'to-verify';

/** See `IngestStore.claimContent`. */
export function claimContent(database: Database, held: HeldContent, claim: ContentClaim): ClaimAnswer[] {
  const standings = claim.offered.map((one) => {
    if (!one.verify && held.has(one.ref)) return 'held';
    const standing = standingOf(database, one, claim);
    if (standing === 'held') held.add(one.ref);
    return standing;
  });
  if (!standings.some((one) => one === 'lacking' || one === 'to-verify')) {
    return standings.map((one) => ({ kind: one === 'held' ? 'held' : 'elsewhere' }));
  }
  return database.transaction(() => {
    let room = claim.most - runningLeases(database, claim.at);
    return claim.offered.map(({ ref }, at) => {
      const standing = standings[at] ?? 'elsewhere';
      if (standing === 'held' || standing === 'elsewhere') return { kind: standing };
      const verify = standing === 'to-verify';
      if (room <= 0) return { kind: verify ? 'held' : 'elsewhere' };
      room -= 1;
      return { kind: 'wanted', token: grantLease(database, ref, claim), verify };
    });
  });
}

function standingOf(
  database: Database,
  { ref, verify }: ContentClaim['offered'][number],
  { node, at }: ContentClaim,
): Standing {
  const stored = storedAs(database, ref);
  if (stored === undefined) return isLeasedElsewhere(database, ref, node, at) ? 'elsewhere' : 'lacking';
  if (!verify || stored === 'composition' || suppliedBy(database, stored, node)) return 'held';
  if (isVerified(database, ref) || isLeasedElsewhere(database, ref, node, at)) return 'held';
  return 'to-verify';
}

function storedAs(database: Database, ref: ContentRef): LayerSet | 'composition' | undefined {
  if (ref.kind === 'layer-facts') return layerSet(database, ref.key, ref.catalogerSet);
  return hasComposition(database, ref.key) ? 'composition' : undefined;
}
