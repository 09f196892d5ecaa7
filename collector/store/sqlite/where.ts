import type { PackageQuery } from '../../../core/version-range.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import type { WhereAnswer, WhereContainer, WhereImage, WhereNode } from '../views.ts';
import { containerView } from '../rows/container-row.ts';
import type { ImageRow } from '../rows/image-row.ts';
import type { Database } from './database.ts';
import type { NodeSet } from '../node-set.ts';
import type { ImageNodes } from './image-nodes.ts';
import { containerCursor, containersOfImages, imageView, SELECT_IMAGES } from './image-queries.ts';
import { matchedImages, type MatchedImage } from './matches.ts';

type Matches = ReadonlyMap<number, MatchedImage>;

/** See `InventoryQueries.where`. */
export function where(
  database: Database,
  index: ImageNodes,
  query: PackageQuery,
  limit: number,
): WhereAnswer {
  const matches = matchedImages(database, query);
  const purls = new Set<string>();
  let containers = 0;
  let running = 0;
  for (const image of matches.values()) {
    for (const { purl } of image.packages) purls.add(purl);
    containers += image.containers;
    running += image.running;
  }
  return {
    totals: {
      packages: purls.size,
      images: matches.size,
      nodes: index.holders(matches.keys()).size,
      containers,
      running,
    },
    images: imagesPage(database, matches, { limit }),
    containers: containersPage(database, matches, { limit }),
    nodes: nodesPage(database, index, matches, { limit }),
  };
}

export function whereImages(database: Database, query: PackageQuery, page: PageRequest): Page<WhereImage> {
  return imagesPage(database, matchedImages(database, query), page);
}

export function whereContainers(
  database: Database,
  query: PackageQuery,
  page: PageRequest,
): Page<WhereContainer> {
  return containersPage(database, matchedImages(database, query), page);
}

export function whereNodes(
  database: Database,
  index: ImageNodes,
  query: PackageQuery,
  page: PageRequest,
): Page<WhereNode> {
  const matches = matchedImages(database, query);
  return nodesPage(database, index, matches, page);
}

function imagesPage(database: Database, matches: Matches, { limit, cursor }: PageRequest): Page<WhereImage> {
  const [idle, after] = decodeCursor(cursor, [0, '']);
  const rows = [...matches.values()]
    .filter((image) => idleOf(image) > idle || (idleOf(image) === idle && image.imageId > after))
    .sort((a, b) => idleOf(a) - idleOf(b) || (a.imageId < b.imageId ? -1 : 1));
  return pageOf(
    rows,
    limit,
    (image) => [idleOf(image), image.imageId],
    (image) => {
      const row = database.get<ImageRow>(`${SELECT_IMAGES} WHERE i.id = ?`, image.id);
      if (row === undefined) throw new Error(`image ${image.imageId} vanished within one query`);
      return { ...imageView(database, row), matches: image.packages };
    },
  );
}

function idleOf(image: MatchedImage): number {
  return image.running > 0 ? 0 : 1;
}

function containersPage(
  database: Database,
  matches: Matches,
  { limit, cursor }: PageRequest,
): Page<WhereContainer> {
  const sorted = [...matches.keys()].sort((a, b) => a - b);
  const rows = containersOfImages(database, sorted, cursor, limit + 1);
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

function nodesPage(
  database: Database,
  index: ImageNodes,
  matches: Matches,
  { limit, cursor }: PageRequest,
): Page<WhereNode> {
  const [after] = decodeCursor(cursor, ['']);
  const rows = nextNodes(database, index.holders(matches.keys()), after, limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.name],
    (row) => whereNode(database, index, matches, row),
  );
}

/** Holders by name, at most `count`. */
function nextNodes(database: Database, holders: NodeSet, after: string, count: number): NodeRow[] {
  const rows: NodeRow[] = [];
  if (holders.size === 0) return rows;
  const byName = database.iterate<NodeRow>(
    'SELECT id, name, connected FROM nodes WHERE name > ? ORDER BY name',
    after,
  );
  for (const row of byName) {
    if (holders.has(row.id)) rows.push(row);
    if (rows.length === count) break;
  }
  return rows;
}

function whereNode(
  database: Database,
  index: ImageNodes,
  matches: Matches,
  { id, name, connected }: NodeRow,
): WhereNode {
  let images = 0;
  for (const image of matches.keys()) if (index.holds(image, id)) images += 1;
  let running = 0;
  const containers = database.iterate<{ image: number; count: number }>(
    'SELECT image, count(*) AS count FROM containers WHERE node = ? AND running = 1 GROUP BY image',
    id,
  );
  for (const { image, count } of containers) if (matches.has(image)) running += count;
  return { node: name, status: connected === 1 ? 'connected' : 'disconnected', images, running };
}
