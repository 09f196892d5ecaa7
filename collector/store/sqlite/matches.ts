import type { PackageQuery } from '../../../core/version-range.ts';
import { candidateNames, matchPackage } from '../package-search.ts';
import { searchRowOf, type PackageRow } from '../rows/package-row.ts';
import type { MatchedPackage } from '../views.ts';
import type { Database } from './database.ts';

/** An image with packages that a question asks for. */
export interface MatchedImage {
  readonly id: number;
  readonly imageId: string;
  readonly containers: number;
  readonly running: number;
  readonly packages: MatchedPackage[];
}

/** Images that are somewhere and hold a package the query asks for, by row id. */
export function matchedImages(database: Database, query: PackageQuery): Map<number, MatchedImage> {
  const found = new Map<number, MatchedImage>();
  for (const row of candidates(database, query)) {
    const match = matchPackage(query, searchRowOf(row));
    if (match !== undefined) addImages(database, row.id, match, found);
  }
  return found;
}

function candidates(database: Database, query: PackageQuery): PackageRow[] {
  const rows = new Map<number, PackageRow>();
  for (const name of candidateNames(query)) {
    for (const row of database.all<PackageRow>('SELECT * FROM packages WHERE search_name = ?', name)) {
      rows.set(row.id, row);
    }
    if (query.kind !== 'name') continue;
    for (const row of database.all<PackageRow>('SELECT * FROM packages WHERE source_name = ?', name)) {
      rows.set(row.id, row);
    }
  }
  return [...rows.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

function addImages(
  database: Database,
  packageId: number,
  match: MatchedPackage,
  found: Map<number, MatchedImage>,
): void {
  const rows = database.all<Omit<MatchedImage, 'packages'>>(
    `SELECT i.id, i.image_id AS imageId, i.containers, i.running FROM composition_packages cp
       JOIN images i ON i.composition = cp.composition
     WHERE cp.package = ? AND (i.nodes > 0 OR i.containers > 0)`,
    packageId,
  );
  for (const row of rows) {
    const known = found.get(row.id);
    if (known === undefined) found.set(row.id, { ...row, packages: [match] });
    else if (known.packages.at(-1)?.purl !== match.purl) known.packages.push(match);
  }
}
