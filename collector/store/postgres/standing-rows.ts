import type { ContentRef } from '../../ingest/ingest-store.ts';
import type { Standing } from '../standing.ts';
import type { Statements } from './database.ts';
import { DATABASE_MS } from './lease-rows.ts';
import { rows } from './values.ts';

/** What a node offers. */
export interface Claimed {
  readonly node: string;
  readonly ref: ContentRef;
  readonly verify: boolean;
}

export interface StandingRow {
  readonly stored: number;
  readonly unused: number;
  readonly supplied: number;
  readonly verified: number;
  /** Who has a lease on it that runs. */
  readonly lessee: string | null;
}

/** How each stands, in their order. */
export async function standingsOf(statements: Statements, claimed: readonly Claimed[]): Promise<Standing[]> {
  const found = await standingRows(statements, claimed);
  return claimed.map((one, at) => standingOf(one, found[at]));
}

export function standingOf({ node, ref, verify }: Claimed, row: StandingRow | undefined): Standing {
  const isStored = row?.stored === 1;
  if (isStored) {
    if (!verify || ref.kind === 'composition' || row.verified === 1) return { kind: 'done' };
    if (row.supplied === 1) return { kind: 'held' };
  }
  const lessee = row?.lessee ?? node;
  if (lessee === node) return { kind: 'wanted', verify: isStored, isRenewal: row?.lessee === node };
  return { kind: isStored ? 'held' : 'elsewhere' };
}

/**
 * What is known of each, in their order, in one round trip. With a LIMIT in each part, all are looked up by their keys:
 * left to itself, PostgreSQL prefers to read whole tables for each claim.
 */
export function standingRows(statements: Statements, claimed: readonly Claimed[]): Promise<StandingRow[]> {
  return statements.all<StandingRow>(
    `SELECT (s.layer IS NOT NULL OR c.id IS NOT NULL)::int AS stored,
       (coalesce(s.unused_since, c.unused_since) IS NOT NULL)::int AS unused,
       (g.id IS NOT NULL)::int AS supplied, (v.id IS NOT NULL)::int AS verified, l.node AS lessee
     FROM json_to_recordset($1::json)
         AS r (position integer, node text, kind text, key text, cataloger_set text, verify integer)
       LEFT JOIN LATERAL (SELECT ls.layer, ls.cataloger_set AS set, y.unused_since FROM layers y
           JOIN layer_sets ls ON ls.layer = y.id JOIN cataloger_sets cs ON cs.id = ls.cataloger_set
         WHERE r.kind = 'layer-facts' AND y.diff_id = r.key AND cs.digest = r.cataloger_set LIMIT 1) s ON true
       LEFT JOIN LATERAL (SELECT id, unused_since FROM compositions
         WHERE r.kind = 'composition' AND key = r.key LIMIT 1) c ON true
       LEFT JOIN LATERAL (SELECT g.id FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
         WHERE r.verify = 1 AND sr.layer = s.layer AND sr.cataloger_set = s.set AND g.node = r.node LIMIT 1) g ON true
       LEFT JOIN LATERAL (SELECT id FROM verifications
         WHERE r.verify = 1 AND diff_id = r.key AND cataloger_set = r.cataloger_set LIMIT 1) v ON true
       LEFT JOIN LATERAL (SELECT node FROM content_leases WHERE kind = r.kind AND key = r.key
         AND cataloger_set = r.cataloger_set AND lapses_at > ${DATABASE_MS} LIMIT 1) l ON true
     ORDER BY r.position`,
    rows(
      claimed.map(({ node, ref: { kind, key, catalogerSet }, verify }, position) => ({
        position,
        node,
        kind,
        key,
        cataloger_set: catalogerSet,
        verify: Number(verify),
      })),
    ),
  );
}
