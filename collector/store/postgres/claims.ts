import type { ClaimAnswer, ContentClaim, ContentRef } from '../../ingest/ingest-store.ts';
import { grantedOf, unasked, type Standing } from '../standing.ts';
import type { Database, Statements } from './database.ts';
import type { Grants } from './grants.ts';
import type { KnownContent } from './known-content.ts';
import { ownLeases, runningLeases } from './lease-rows.ts';
import { standingOf, standingRows, standingsOf, type Claimed } from './standing-rows.ts';
import { keepUnused } from './unused-content.ts';

/** What a claim works with. */
export interface ClaimParts {
  readonly database: Database;
  readonly known: KnownContent;
  readonly grants: Grants;
}

type Offered = ContentClaim['offered'][number];

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
  { database, grants }: ClaimParts,
  claim: ContentClaim,
  standings: readonly Standing[],
): Promise<ReadonlyMap<Offered, ClaimAnswer>> {
  const offered = claim.offered.filter((_, at) => standings[at]?.kind === 'wanted');
  if (offered.length === 0 || claim.most === 0) return new Map();
  const running = ownLeases(await runningLeases(database), claim.node);
  if (!grantedOf(standings, running, claim.most).includes(true)) return new Map();
  const answers = await grants.ask({ ...claim, offered });
  return new Map(offered.map((one, at) => [one, answers[at] ?? { kind: 'elsewhere' }]));
}

/** See `IngestStore.lacking`. */
export async function lacking(statements: Statements, refs: readonly ContentRef[]): Promise<ContentRef[]> {
  const found = await standingRows(
    statements,
    refs.map((ref) => ({ node: '', ref, verify: false })),
  );
  return refs.filter((_, at) => found[at]?.stored !== 1);
}

/** How each stands, in their order. What is stored will be for CONTENT_GRACE_MS at least. */
async function standingsKept(
  database: Database,
  node: string,
  offered: readonly Offered[],
): Promise<Standing[]> {
  const claimed = offered.map((one): Claimed => ({ node, ...one }));
  const found = await standingRows(database, claimed);
  const unused = claimed.filter((_, at) => found[at]?.unused === 1);
  if (unused.length === 0) return claimed.map((one, at) => standingOf(one, found[at]));
  await database.transaction((statements) =>
    keepUnused(
      statements,
      unused.map(({ ref }) => ref),
    ),
  );
  // Some may have been removed at that moment.
  return standingsOf(database, claimed);
}
