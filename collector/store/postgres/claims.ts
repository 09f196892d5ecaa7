import type { SerialQueue } from '../../../platform/serial-queue.ts';
import { contentId } from '../../../proto/codec/content.ts';
import type { ClaimAnswer, ContentClaim, ContentRef } from '../../ingest/ingest-store.ts';
import { grantedOf, unasked, type Standing } from '../standing.ts';
import type { Database, Statements } from './database.ts';
import type { KnownContent } from './known-content.ts';
import { DATABASE_MS, grantLeases, runningLeases } from './lease-rows.ts';
import { LEASE_LOCK } from './locks.ts';
import { keepUnused } from './unused-content.ts';
import { rows } from './values.ts';

/** What a claim works with. */
export interface ClaimParts {
  readonly database: Database;
  readonly known: KnownContent;
  /** Claims of this collector wait there, with no connection, not for the lock. */
  readonly queue: SerialQueue;
}

type Offered = ContentClaim['offered'][number];

interface StandingRow {
  readonly stored: number;
  readonly unused: number;
  readonly supplied: number;
  readonly verified: number;
  /** Who has a lease on it that runs. */
  readonly lessee: string | null;
}

/** See `IngestStore.claimContent`. */
export async function claimContent(parts: ClaimParts, claim: ContentClaim): Promise<ClaimAnswer[]> {
  const { database, known } = parts;
  const stamp = await known.renew();
  const unknown = claim.offered.filter((one) => !known.has(one));
  if (unknown.length === 0) return claim.offered.map(() => ({ kind: 'held' }));
  const standings = await standingsKept(database, claim.node, unknown);
  const done = unknown.filter((_, at) => standings[at]?.kind === 'done');
  known.learn(stamp, done);
  const asked = await askedFor(parts, { ...claim, offered: unknown }, standings);
  const answers = new Map(unknown.map((one, at) => [one, asked.get(one) ?? unasked(standings[at])]));
  return claim.offered.map((one) => answers.get(one) ?? { kind: 'held' });
}

/** What becomes of those that this node may be asked for. */
async function askedFor(
  { database, queue }: ClaimParts,
  claim: ContentClaim,
  standings: readonly Standing[],
): Promise<ReadonlyMap<Offered, ClaimAnswer>> {
  const offered = claim.offered.filter((_, at) => standings[at]?.kind === 'wanted');
  if (offered.length === 0 || claim.most === 0) return new Map();
  const running = await runningLeases(database, claim.node);
  if (!grantedOf(standings, running, claim.most).includes(true)) return new Map();
  return queue.run(() => grant(database, { ...claim, offered }));
}

function grant(
  database: Database,
  { node, offered, most, leaseMs }: ContentClaim,
): Promise<Map<Offered, ClaimAnswer>> {
  return database.transaction(async (statements) => {
    // One round trip. All is read anew under the lock: another claim may have been granted before.
    const [, standings, running] = await Promise.all([
      statements.run(`SELECT ${LEASE_LOCK}`),
      standingsOf(statements, node, offered),
      runningLeases(statements, node),
    ]);
    const granted = grantedOf(standings, running, most);
    const refs = offered.flatMap(({ ref }, at) => (granted[at] === true ? [ref] : []));
    const tokens = await grantLeases(statements, refs, { node, leaseMs });
    return new Map(
      offered.map((one, at) => {
        const standing = standings[at];
        const token = tokens.get(contentId(one.ref));
        if (token === undefined || standing?.kind !== 'wanted') return [one, unasked(standing)];
        return [one, { kind: 'wanted', token, verify: standing.verify }];
      }),
    );
  });
}

/** See `IngestStore.lacking`. */
export async function lacking(statements: Statements, refs: readonly ContentRef[]): Promise<ContentRef[]> {
  const offered = refs.map((ref) => ({ ref, verify: false }));
  const found = await standingRows(statements, '', offered);
  return refs.filter((_, at) => found[at]?.stored !== 1);
}

/** How each stands, in their order. What is stored will be for CONTENT_GRACE_MS at least. */
async function standingsKept(
  database: Database,
  node: string,
  offered: readonly Offered[],
): Promise<Standing[]> {
  const found = await standingRows(database, node, offered);
  const unused = offered.filter((_, at) => found[at]?.unused === 1);
  if (unused.length === 0) return offered.map((one, at) => standingOf(one, node, found[at]));
  await database.transaction((statements) =>
    keepUnused(
      statements,
      unused.map(({ ref }) => ref),
    ),
  );
  // Some may have been removed at that moment.
  return standingsOf(database, node, offered);
}

async function standingsOf(
  statements: Statements,
  node: string,
  offered: readonly Offered[],
): Promise<Standing[]> {
  const found = await standingRows(statements, node, offered);
  return offered.map((one, at) => standingOf(one, node, found[at]));
}

function standingOf({ ref, verify }: Offered, node: string, row: StandingRow | undefined): Standing {
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
function standingRows(
  statements: Statements,
  node: string,
  offered: readonly Offered[],
): Promise<StandingRow[]> {
  return statements.all<StandingRow>(
    `SELECT (s.layer IS NOT NULL OR c.id IS NOT NULL)::int AS stored,
       (coalesce(s.unused_since, c.unused_since) IS NOT NULL)::int AS unused,
       (g.id IS NOT NULL)::int AS supplied, (v.id IS NOT NULL)::int AS verified, l.node AS lessee
     FROM json_to_recordset($1::json)
         AS r (position integer, kind text, key text, cataloger_set text, verify integer)
       LEFT JOIN LATERAL (SELECT ls.layer, ls.cataloger_set AS set, y.unused_since FROM layers y
           JOIN layer_sets ls ON ls.layer = y.id JOIN cataloger_sets cs ON cs.id = ls.cataloger_set
         WHERE r.kind = 'layer-facts' AND y.diff_id = r.key AND cs.digest = r.cataloger_set LIMIT 1) s ON true
       LEFT JOIN LATERAL (SELECT id, unused_since FROM compositions
         WHERE r.kind = 'composition' AND key = r.key LIMIT 1) c ON true
       LEFT JOIN LATERAL (SELECT g.id FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
         WHERE r.verify = 1 AND sr.layer = s.layer AND sr.cataloger_set = s.set AND g.node = $2 LIMIT 1) g ON true
       LEFT JOIN LATERAL (SELECT id FROM verifications
         WHERE r.verify = 1 AND diff_id = r.key AND cataloger_set = r.cataloger_set LIMIT 1) v ON true
       LEFT JOIN LATERAL (SELECT node FROM content_leases WHERE kind = r.kind AND key = r.key
         AND cataloger_set = r.cataloger_set AND lapses_at > ${DATABASE_MS} LIMIT 1) l ON true
     ORDER BY r.position`,
    rows(
      offered.map(({ ref: { kind, key, catalogerSet }, verify }, position) => ({
        position,
        kind,
        key,
        cataloger_set: catalogerSet,
        verify: Number(verify),
      })),
    ),
    node,
  );
}
