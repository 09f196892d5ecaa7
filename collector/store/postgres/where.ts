import type { PackageQuery } from '../../../core/version-range.ts';
import type { NodeSet } from '../node-set.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { containerView } from '../rows/container-row.ts';
import type { WhereAnswer, WhereContainer, WhereImage, WhereNode } from '../views.ts';
import type { Statements } from './database.ts';
import { holdersOf, union } from './image-holders.ts';
import { containerCursor, containersOfImages, imageViews } from './image-queries.ts';
import { matchedImages, type MatchedImage } from './matches.ts';

type Matches = ReadonlyMap<number, MatchedImage>;

/** Which nodes hold matching images. */
interface Holders {
  /** By image. */
  readonly each: ReadonlyMap<number, NodeSet>;
  /** Of any of them. */
  readonly all: NodeSet;
}

/** See `InventoryQueries.where`. */
export async function where(
  statements: Statements,
  query: PackageQuery,
  limit: number,
): Promise<WhereAnswer> {
  const matches = await matchedImages(statements, query);
  const holders = await holdersOf(statements, [...matches.keys()]);
  const purls = new Set<string>();
  let containers = 0;
  let running = 0;
  for (const image of matches.values()) {
    for (const { purl } of image.packages) purls.add(purl);
    containers += image.containers;
    running += image.running;
  }
  const all = union(holders, matches.keys());
  const totals = { packages: purls.size, images: matches.size, nodes: all.size, containers, running };
  const [images, ofContainers, nodes] = await Promise.all([
    imagesPage(statements, matches, { limit }),
    containersPage(statements, matches, { limit }),
    nodesPage(statements, matches, { each: holders, all }, { limit }),
  ]);
  return { totals, images, containers: ofContainers, nodes };
}

export async function whereImages(
  statements: Statements,
  query: PackageQuery,
  page: PageRequest,
): Promise<Page<WhereImage>> {
  return imagesPage(statements, await matchedImages(statements, query), page);
}

export async function whereContainers(
  statements: Statements,
  query: PackageQuery,
  page: PageRequest,
): Promise<Page<WhereContainer>> {
  return containersPage(statements, await matchedImages(statements, query), page);
}

export async function whereNodes(
  statements: Statements,
  query: PackageQuery,
  page: PageRequest,
): Promise<Page<WhereNode>> {
  const matches = await matchedImages(statements, query);
  const each = await holdersOf(statements, [...matches.keys()]);
  return nodesPage(statements, matches, { each, all: union(each, matches.keys()) }, page);
}

async function imagesPage(
  statements: Statements,
  matches: Matches,
  { limit, cursor }: PageRequest,
): Promise<Page<WhereImage>> {
  const [idle, after] = decodeCursor(cursor, [0, '']);
  const rows = [...matches.values()]
    .filter((image) => idleOf(image) > idle || (idleOf(image) === idle && image.imageId > after))
    .sort((a, b) => idleOf(a) - idleOf(b) || (a.imageId < b.imageId ? -1 : 1));
  const views = await imageViews(
    statements,
    rows.slice(0, limit).map(({ id }) => id),
  );
  return pageOf(
    rows,
    limit,
    (image) => [idleOf(image), image.imageId],
    (image) => {
      const view = views.get(image.id);
      if (view === undefined) throw new Error(`image ${image.imageId} vanished within one query`);
      return { ...view, matches: image.packages };
    },
  );
}

function idleOf(image: MatchedImage): number {
  return image.running > 0 ? 0 : 1;
}

async function containersPage(
  statements: Statements,
  matches: Matches,
  { limit, cursor }: PageRequest,
): Promise<Page<WhereContainer>> {
  const sorted = [...matches.values()].sort((a, b) => a.id - b.id);
  const rows = await containersOfImages(statements, sorted, cursor, limit + 1);
  return pageOf(rows, limit, containerCursor, (row) => ({
    ...containerView(row),
    matches: matches.get(row.image ?? 0)?.packages ?? [],
  }));
}

interface NodeRow {
  readonly id: number;
  readonly name: string;
  readonly connected: number;
  /** Images of its running containers, once for each, as JSON; null: none runs. */
  readonly running: string | null;
}

async function nodesPage(
  statements: Statements,
  matches: Matches,
  { each, all }: Holders,
  { limit, cursor }: PageRequest,
): Promise<Page<WhereNode>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await nextNodes(statements, all, after, limit + 1);
  const sets = [...each.values()];
  return pageOf(
    rows,
    limit,
    (row) => [row.name],
    ({ id, name, connected, running }) => ({
      node: name,
      status: connected === 1 ? 'connected' : 'disconnected',
      images: sets.filter((set) => set.has(id)).length,
      running: (JSON.parse(running ?? '[]') as number[]).filter((image) => matches.has(image)).length,
    }),
  );
}

/** Holders by name, at most `count`: nodes are read in that order until there are as many, not sorted each time. */
async function nextNodes(
  statements: Statements,
  holders: NodeSet,
  after: string,
  count: number,
): Promise<NodeRow[]> {
  if (holders.isEmpty) return [];
  const bits = holders.bytes();
  return await statements.all<NodeRow>(
    `SELECT n.*, (SELECT json_agg(image)::text FROM containers
       WHERE node = n.id AND running = 1 AND image IS NOT NULL) AS running
     FROM (SELECT id, name, (replica IS NOT NULL)::int AS connected FROM nodes
       WHERE name > $1 AND CASE WHEN id < $3 THEN get_bit($2::bytea, id) = 1 ELSE false END
       ORDER BY name LIMIT $4) n ORDER BY n.name`,
    after,
    bits,
    bits.length * 8,
    count,
  );
}
