import type { ClaimAnswer, ContentClaim, ContentRef } from '../../ingest/ingest-store.ts';
import type { HeldContent } from '../held-content.ts';
import { grantedOf, unasked, type Standing } from '../standing.ts';
import { hasComposition } from './composition-rows.ts';
import type { Database } from './database.ts';
import { layerSet, suppliedBy, type LayerSet } from './layer-facts-rows.ts';
import { grantLease, lesseeOf, runningLeases } from './lease-rows.ts';
import { keepUnused } from './unused-content.ts';
import { isVerified } from './verification-rows.ts';

/** See `IngestStore.claimContent`. */
export function claimContent(database: Database, held: HeldContent, claim: ContentClaim): ClaimAnswer[] {
  const standings = claim.offered.map((one): Standing => {
    if (held.has(one)) return { kind: 'done' };
    const standing = standingOf(database, one, claim);
    if (standing.kind === 'done') held.add(one);
    return standing;
  });
  if (!standings.some(({ kind }) => kind === 'wanted')) return standings.map(unasked);
  return database.transaction(() => {
    const granted = grantedOf(standings, runningLeases(database, claim), claim.most);
    return claim.offered.map(({ ref }, at) => {
      const standing = standings[at];
      if (granted[at] !== true || standing?.kind !== 'wanted') return unasked(standing);
      return { kind: 'wanted', token: grantLease(database, ref, claim), verify: standing.verify };
    });
  });
}

function standingOf(
  database: Database,
  { ref, verify }: ContentClaim['offered'][number],
  { node, at }: ContentClaim,
): Standing {
  const stored = storedAs(database, ref);
  if (stored !== undefined) {
    keepUnused(database, ref);
    if (!verify || stored === 'composition' || isVerified(database, ref)) return { kind: 'done' };
    if (suppliedBy(database, stored, node)) return { kind: 'held' };
  }
  const lessee = lesseeOf(database, ref, at);
  if (lessee === undefined || lessee === node) {
    return { kind: 'wanted', verify: stored !== undefined, isRenewal: lessee === node };
  }
  return { kind: stored === undefined ? 'elsewhere' : 'held' };
}

function storedAs(database: Database, ref: ContentRef): LayerSet | 'composition' | undefined {
  if (ref.kind === 'layer-facts') return layerSet(database, ref.key, ref.catalogerSet);
  return hasComposition(database, ref.key) ? 'composition' : undefined;
}
