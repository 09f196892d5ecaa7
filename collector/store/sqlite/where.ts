import type { PackageQuery } from '../../../core/version-range.ts';
import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import type { WhereAnswer, WhereContainer, WhereImage, WhereNode } from '../views.ts';
import { containerView } from './container-rows.ts';
import type { Database } from './database.ts';
import type { ImageNodes, NodeSet } from './image-nodes.ts';
import {
  containerCursor,
  containersOfImages,
  imageView,
  SELECT_IMAGES,
  type ImageRow,
} from './image-queries.ts';
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
  const holders = index.holders(matches.keys());
  const purls = new Set<string>();
  let containers = 0;
  let running = 0;
  for (const image of matches.values()) {
    for (const { purl } of image.packages) purls.add(purl);
    containers += image.containers;
    running += image.running;
  }
  return {
    totals: { packages: purls.size, images: matches.size, nodes: holders.size, containers, running },
    images: imagesPage(database, matches, { limit }),
    containers: containersPage(database, matches, { limit }),
    nodes: nodesPage(database, matches, holders, { limit }),
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
  return nodesPage(database, matches, index.holders(matches.keys()), page);
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
  matches: Matches,
  holders: NodeSet,
  { limit, cursor }: PageRequest,
): Page<WhereNode> {
  const [after] = decodeCursor(cursor, ['']);
  const rows: NodeRow[] = [];
  const byName = database.iterate<NodeRow>(
    'SELECT id, name, connected FROM nodes WHERE name > ? ORDER BY name',
    after,
  );
  for (const row of byName) {
    if (holders.has(row.id)) rows.push(row);
    if (rows.length > limit) break;
  }
  return pageOf(
    rows,
    limit,
    (row) => [row.name],
    (row) => whereNode(database, matches, row),
  );
}

function whereNode(database: Database, matches: Matches, { id, name, connected }: NodeRow): WhereNode {
  let images = 0;
  let running = 0;
  for (const { image } of database.iterate<{ image: number }>(
    'SELECT image FROM node_images WHERE node = ?',
    id,
  )) {
    if (matches.has(image)) images += 1;
  }
  for (const { image } of database.iterate<{ image: number | null }>(
    'SELECT image FROM containers WHERE node = ? AND running = 1',
    id,
  )) {
    if (image !== null && matches.has(image)) running += 1;
  }
  return { node: name, status: connected === 1 ? 'connected' : 'disconnected', images, running };
}
