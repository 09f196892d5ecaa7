import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import type { PackageFilter, PackageView } from '../views.ts';
import type { Database } from './database.ts';
import type { ImageNodes } from './image-nodes.ts';
import { compareTexts, HIGHEST, nameRanges } from '../rows/package-row.ts';
import { readRecord } from '../rows/record.ts';

interface PurlRow {
  readonly search_name: string;
  readonly purl: string;
}

/** See `InventoryQueries.packages`. */
export function packages(
  database: Database,
  index: ImageNodes,
  filter: PackageFilter,
  { limit, cursor }: PageRequest,
): Page<PackageView> {
  const [name, purl] = decodeCursor(cursor, ['', '']);
  const prefix = filter.type === undefined ? 'pkg:' : `pkg:${filter.type}/`;
  const rows: PurlRow[] = [];
  for (const range of nameRanges(filter.name)) {
    rows.push(
      ...database.all<PurlRow & Record<string, unknown>>(
        `SELECT p.search_name, p.purl FROM packages p
         WHERE (p.search_name, p.purl) > (?, ?) AND p.search_name >= ? AND p.search_name < ?
           AND p.purl >= ? AND p.purl < ?
           AND EXISTS (SELECT 1 FROM composition_packages cp JOIN images i ON i.composition = cp.composition
             WHERE cp.package = p.id AND (i.nodes > 0 OR i.containers > 0))
         GROUP BY p.search_name, p.purl ORDER BY p.search_name, p.purl LIMIT ?`,
        name,
        purl,
        range.low,
        range.high,
        prefix,
        `${prefix}${HIGHEST}`,
        limit + 1,
      ),
    );
  }
  const ordered = rows.sort(
    (a, b) => compareTexts(a.search_name, b.search_name) || compareTexts(a.purl, b.purl),
  );
  return pageOf(
    ordered.filter((row, at) => row.purl !== ordered[at - 1]?.purl),
    limit,
    (row) => [row.search_name, row.purl],
    (row) => packageView(database, index, row.purl),
  );
}

/** See `InventoryQueries.package`. */
export function packageOf(database: Database, index: ImageNodes, purl: string): PackageView | undefined {
  const view = packageView(database, index, purl);
  return view.images === 0 ? undefined : view;
}

function packageView(database: Database, index: ImageNodes, purl: string): PackageView {
  const images = new Map<number, { readonly containers: number; readonly running: number }>();
  const found = database.iterate<{ id: number; containers: number; running: number }>(
    `SELECT i.id, i.containers, i.running FROM packages p JOIN composition_packages cp ON cp.package = p.id
       JOIN images i ON i.composition = cp.composition
     WHERE p.purl = ? AND (i.nodes > 0 OR i.containers > 0)`,
    purl,
  );
  for (const { id, containers, running } of found) images.set(id, { containers, running });
  const record = database.get<{ record: string }>(
    'SELECT r.record FROM packages p JOIN records r ON r.id = p.record WHERE p.purl = ? ORDER BY p.id LIMIT 1',
    purl,
  );
  const counts = [...images.values()];
  return {
    ...readRecord(record?.record ?? '{}'),
    purl,
    images: images.size,
    spread: {
      nodes: index.holders(images.keys()).size,
      containers: counts.reduce((sum, { containers }) => sum + containers, 0),
      running: counts.reduce((sum, { running }) => sum + running, 0),
    },
  };
}
