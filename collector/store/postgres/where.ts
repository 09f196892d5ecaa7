import type { PackageQuery } from '../../../core/version-range.ts';
import type { NodeSet } from '../node-set.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { containerView } from '../rows/container-row.ts';
import type { WhereAnswer, WhereContainer, WhereImage, WhereNode } from '../views.ts';
import type { Statements } from './database.ts';
import { holdersOf, union } from './image-holders.ts';
import { containerCursor, containersOfImages, imageViews } from './image-queries.ts';
import { matchedImages, type MatchedImage } from './matches.ts';
import { list } from './values.ts';

type Matches = ReadonlyMap<number, MatchedImage>;
type Holders = ReadonlyMap<number, NodeSet>;

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
    nodesPage(statements, matches, holders, { limit }),
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
  return nodesPage(statements, matches, await holdersOf(statements, [...matches.keys()]), page);
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
}

async function nodesPage(
  statements: Statements,
  matches: Matches,
  holders: Holders,
  { limit, cursor }: PageRequest,
): Promise<Page<WhereNode>> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = await statements.all<NodeRow>(
    `SELECT n.id, n.name, (n.replica IS NOT NULL)::int AS connected
     FROM unnest($1::bigint[]) AS held (node) JOIN nodes n ON n.id = held.node
     WHERE n.name > $2 ORDER BY n.name LIMIT $3`,
    list([...union(holders, matches.keys())]),
    after,
    limit + 1,
  );
  const running = await runningOn(
    statements,
    rows.map(({ id }) => id),
    matches,
  );
  return pageOf(
    rows,
    limit,
    (row) => [row.name],
    ({ id, name, connected }) => ({
      node: name,
      status: connected === 1 ? 'connected' : 'disconnected',
      images: [...holders.values()].filter((set) => set.has(id)).length,
      running: running.get(id) ?? 0,
    }),
  );
}

/** Running containers of the matching images, by node. */
async function runningOn(
  statements: Statements,
  nodes: readonly number[],
  matches: Matches,
): Promise<Map<number, number>> {
  const rows = await statements.all<{ node: number; image: number; count: number }>(
    `SELECT node, image, count(*) AS count FROM containers
     WHERE node = ANY($1::bigint[]) AND running = 1 AND image IS NOT NULL GROUP BY node, image`,
    list(nodes),
  );
  const counts = new Map<number, number>();
  for (const { node, image, count } of rows) {
    if (matches.has(image)) counts.set(node, (counts.get(node) ?? 0) + count);
  }
  return counts;
}
