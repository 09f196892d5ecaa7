import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { compareTexts, HIGHEST, nameRanges } from '../rows/package-row.ts';
import { readRecord } from '../rows/record.ts';
import type { PackageFilter, PackageView } from '../views.ts';
import type { Statements } from './database.ts';
import { holdersOf, union } from './image-holders.ts';
import { list } from './values.ts';

interface PurlRow {
  readonly search_name: string;
  readonly purl: string;
}

/** See `InventoryQueries.packages`. */
export async function packages(
  statements: Statements,
  filter: PackageFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<PackageView>> {
  const [name, purl] = decodeCursor(cursor, ['', '']);
  const prefix = filter.type === undefined ? 'pkg:' : `pkg:${filter.type}/`;
  const found = await Promise.all(
    nameRanges(filter.name).map((range) =>
      statements.all<PurlRow>(
        `WITH held AS MATERIALIZED (SELECT composition FROM image_rows
           WHERE composition IS NOT NULL AND (nodes > 0 OR containers > 0))
         SELECT p.search_name, p.purl FROM packages p
         WHERE p.searchable = 1 AND (p.search_name, p.purl) > ($1, $2) AND p.search_name >= $3
           AND p.search_name < $4 AND p.purl >= $5 AND p.purl < $6
           AND EXISTS (SELECT 1 FROM composition_packages cp
             WHERE cp.package = p.id AND cp.composition IN (SELECT composition FROM held))
         GROUP BY p.search_name, p.purl ORDER BY p.search_name, p.purl LIMIT $7`,
        name,
        purl,
        range.low,
        range.high,
        prefix,
        `${prefix}${HIGHEST}`,
        limit + 1,
      ),
    ),
  );
  const ordered = found
    .flat()
    .sort((a, b) => compareTexts(a.search_name, b.search_name) || compareTexts(a.purl, b.purl))
    .filter((row, at, all) => row.purl !== all[at - 1]?.purl);
  const views = await packageViews(
    statements,
    ordered.slice(0, limit).map((row) => row.purl),
  );
  return pageOf(
    ordered,
    limit,
    (row) => [row.search_name, row.purl],
    (row) => viewOf(views, row.purl),
  );
}

/** See `InventoryQueries.package`. */
export async function packageOf(statements: Statements, purl: string): Promise<PackageView | undefined> {
  const view = viewOf(await packageViews(statements, [purl]), purl);
  return view.images === 0 ? undefined : view;
}

function viewOf(views: ReadonlyMap<string, PackageView>, purl: string): PackageView {
  const view = views.get(purl);
  if (view !== undefined) return view;
  return { ...readRecord('{}'), purl, images: 0, spread: { nodes: 0, containers: 0, running: 0 } };
}

interface SpreadRow {
  readonly purl: string;
  readonly images: number;
  readonly containers: number;
  readonly running: number;
  /** Row ids of the images, as JSON. */
  readonly ids: string;
}

/** By package URL; those of which no image is anywhere are left out. */
async function packageViews(
  statements: Statements,
  purls: readonly string[],
): Promise<Map<string, PackageView>> {
  const [records, spreads] = await Promise.all([
    statements.all<{ purl: string; record: string }>(
      `SELECT DISTINCT ON (p.purl) p.purl, r.record FROM packages p JOIN records r ON r.id = p.record
       WHERE p.searchable = 1 AND p.purl = ANY($1::text[]) ORDER BY p.purl, p.id`,
      list(purls),
    ),
    statements.all<SpreadRow>(
      `SELECT h.purl, count(*) AS images, sum(i.containers) AS containers, sum(i.running) AS running,
         json_agg(i.id ORDER BY i.id)::text AS ids
       FROM (SELECT DISTINCT p.purl, cp.composition FROM packages p JOIN composition_packages cp ON cp.package = p.id
         WHERE p.searchable = 1 AND p.purl = ANY($1::text[])) h
         JOIN image_rows i ON i.composition = h.composition
       WHERE i.nodes > 0 OR i.containers > 0 GROUP BY h.purl`,
      list(purls),
    ),
  ]);
  const held = await holderCounts(
    statements,
    spreads.map(({ ids }) => ids),
  );
  const byPurl = new Map(spreads.map((one) => [one.purl, one]));
  return new Map(
    records.flatMap(({ purl, record }) => {
      const own = byPurl.get(purl);
      if (own === undefined) return [];
      const { images, containers, running, ids } = own;
      const spread = { nodes: held.get(ids) ?? 0, containers, running };
      return [[purl, { ...readRecord(record), purl, images, spread }] as const];
    }),
  );
}

/** How many nodes hold any image of each of these lists, by list: packages of one layer have the same. */
async function holderCounts(
  statements: Statements,
  lists: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const images = new Map(lists.map((ids) => [ids, JSON.parse(ids) as number[]]));
  const holders = await holdersOf(statements, [...new Set([...images.values()].flat())]);
  return new Map([...images].map(([ids, own]) => [ids, union(holders, own).size]));
}
