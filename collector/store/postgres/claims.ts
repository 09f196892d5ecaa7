import type { SerialQueue } from '../../../platform/serial-queue.ts';
import type { ClaimAnswer, ContentClaim, ContentRef } from '../../ingest/ingest-store.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { DATABASE_MS } from './lease-rows.ts';
import { LEASE_LOCK } from './locks.ts';
import { rows } from './values.ts';

/** What this node may be asked for. */
type Standing = 'held' | 'elsewhere' | 'lacking' | 'to-verify';

interface StandingRow {
  readonly stored: number;
  readonly supplied: number;
  readonly verified: number;
  readonly leased: number;
}

/** See `IngestStore.claimContent`. `queue`: claims of this collector wait there, with no connection, not for the lock. */
export async function claimContent(
  database: Database,
  queue: SerialQueue,
  claim: ContentClaim,
): Promise<ClaimAnswer[]> {
  const standings = await standingsOf(database, claim);
  const isForSome = standings.some(isWanted) && (await roomOf(database, claim)) > 0;
  if (!isForSome) return standings.map((one) => settled(one));
  return queue.run(() => grant(database, claim));
}

function grant(database: Database, claim: ContentClaim): Promise<ClaimAnswer[]> {
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${LEASE_LOCK}`);
    // Anew: another claim may have been granted before this one had the lock.
    const current = await standingsOf(statements, claim);
    let room = await roomOf(statements, claim);
    const granted = current.map((standing) => isWanted(standing) && (room -= 1) >= 0);
    const tokens = await grantLeases(
      statements,
      claim,
      claim.offered.flatMap(({ ref }, at) => (granted[at] === true ? [ref] : [])),
    );
    return current.map((standing, at) => {
      const token = tokens.get(keyOf(claim.offered[at]?.ref));
      if (granted[at] !== true || token === undefined) return settled(standing);
      return { kind: 'wanted', token, verify: standing === 'to-verify' };
    });
  });
}

/** How many more leases may run. */
async function roomOf(statements: Statements, { most }: ContentClaim): Promise<number> {
  const running = `SELECT count(*) FROM content_leases WHERE lapses_at > ${DATABASE_MS}`;
  return most - (await statements.number(running));
}

/** See `IngestStore.lacking`. */
export async function lacking(statements: Statements, refs: readonly ContentRef[]): Promise<ContentRef[]> {
  const standings = await standingRows(statements, refs, '');
  return refs.filter((_, at) => standings[at]?.stored !== 1);
}

function isWanted(standing: Standing): boolean {
  return standing === 'lacking' || standing === 'to-verify';
}

/** The answer when nothing is asked of the node. */
function settled(standing: Standing): ClaimAnswer {
  return { kind: standing === 'held' || standing === 'to-verify' ? 'held' : 'elsewhere' };
}

async function standingsOf(statements: Statements, { offered, node }: ContentClaim): Promise<Standing[]> {
  const found = await standingRows(
    statements,
    offered.map(({ ref }) => ref),
    node,
  );
  return offered.map(({ ref, verify }, index) => {
    const row = found[index];
    if (row === undefined || row.stored === 0) return row?.leased === 1 ? 'elsewhere' : 'lacking';
    if (!verify || ref.kind === 'composition' || row.supplied === 1) return 'held';
    return row.verified === 1 || row.leased === 1 ? 'held' : 'to-verify';
  });
}

/** What is known of each ref, in their order, in one round trip. */
function standingRows(
  statements: Statements,
  refs: readonly ContentRef[],
  node: string,
): Promise<StandingRow[]> {
  return statements.all<StandingRow>(
    `SELECT (CASE kind WHEN 'composition' THEN EXISTS (SELECT 1 FROM compositions c WHERE c.key = r.key)
         ELSE s.layer IS NOT NULL END)::int AS stored,
       EXISTS (SELECT 1 FROM layer_set_readings sr JOIN readings g ON g.id = sr.reading
         WHERE sr.layer = s.layer AND sr.cataloger_set = s.set AND g.node = $2)::int AS supplied,
       EXISTS (SELECT 1 FROM verifications v
         WHERE v.diff_id = r.key AND v.cataloger_set = r.cataloger_set)::int AS verified,
       EXISTS (SELECT 1 FROM content_leases l WHERE l.kind = r.kind AND l.key = r.key
         AND l.cataloger_set = r.cataloger_set AND l.node <> $2 AND l.lapses_at > ${DATABASE_MS})::int AS leased
     FROM json_to_recordset($1::json) AS r (position integer, kind text, key text, cataloger_set text)
       LEFT JOIN LATERAL (SELECT ls.layer, ls.cataloger_set AS set FROM layers y
           JOIN layer_sets ls ON ls.layer = y.id JOIN cataloger_sets cs ON cs.id = ls.cataloger_set
         WHERE r.kind = 'layer-facts' AND y.diff_id = r.key AND cs.digest = r.cataloger_set) s ON true
     ORDER BY r.position`,
    rows(refs.map(columnsOf)),
    node,
  );
}

/** Tokens of new leases, in the place of any others, by ref. */
async function grantLeases(
  statements: Statements,
  { node, leaseMs }: ContentClaim,
  refs: readonly ContentRef[],
): Promise<Map<string, number>> {
  if (refs.length === 0) return new Map();
  const named = rows(refs.map(columnsOf));
  await statements.run(
    `DELETE FROM content_leases l USING json_to_recordset($1::json) AS r (kind text, key text, cataloger_set text)
     WHERE l.kind = r.kind AND l.key = r.key AND l.cataloger_set = r.cataloger_set`,
    named,
  );
  const granted = await statements.all<{ token: number; kind: ContentRef['kind']; key: string; set: string }>(
    `INSERT INTO content_leases (kind, key, cataloger_set, node, lapses_at)
     SELECT kind, key, cataloger_set, $2, ${DATABASE_MS} + $3 FROM json_to_recordset($1::json)
       AS r (position integer, kind text, key text, cataloger_set text) ORDER BY position
     ON CONFLICT DO NOTHING RETURNING token, kind, key, cataloger_set AS set`,
    named,
    node,
    whole(leaseMs),
  );
  return new Map(
    granted.map(({ token, kind, key, set }) => [keyOf({ kind, key, catalogerSet: set }), token]),
  );
}

function columnsOf({ kind, key, catalogerSet }: ContentRef, position: number) {
  return { position, kind, key, cataloger_set: catalogerSet };
}

function keyOf(ref: ContentRef | undefined): string {
  return `${ref?.kind} ${ref?.catalogerSet} ${ref?.key}`;
}
