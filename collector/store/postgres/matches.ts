import type { PackageQuery } from '../../../core/version-range.ts';
import { candidateNames, matchPackage } from '../package-search.ts';
import { searchRowOf, type PackageRow } from '../rows/package-row.ts';
import type { MatchedPackage } from '../views.ts';
import type { Statements } from './database.ts';
import { list } from './values.ts';

/** An image with packages that a question asks for. */
export interface MatchedImage {
  readonly id: number;
  readonly imageId: string;
  readonly containers: number;
  readonly running: number;
  readonly packages: MatchedPackage[];
}

interface ImageRow extends Omit<MatchedImage, 'packages'> {
  readonly package: number;
}

/** Images that are somewhere and hold a package the query asks for, by row id. */
export async function matchedImages(
  statements: Statements,
  query: PackageQuery,
): Promise<Map<number, MatchedImage>> {
  const matches = new Map<number, MatchedPackage>();
  for (const row of await candidates(statements, query)) {
    const match = matchPackage(query, searchRowOf(row));
    if (match !== undefined) matches.set(row.id, match);
  }
  const found = new Map<number, MatchedImage>();
  if (matches.size === 0) return found;
  const byPackage = Map.groupBy(await imagesWith(statements, [...matches.keys()]), (row) => row.package);
  for (const [id, match] of matches) {
    for (const { package: _, ...image } of byPackage.get(id) ?? []) {
      const known = found.get(image.id);
      if (known === undefined) found.set(image.id, { ...image, packages: [match] });
      else if (known.packages.at(-1)?.purl !== match.purl) known.packages.push(match);
    }
  }
  return found;
}

async function candidates(statements: Statements, query: PackageQuery): Promise<PackageRow[]> {
  const names = list(candidateNames(query));
  const rows = await statements.all<PackageRow>(
    `SELECT id, purl, type, version, search_name, source_name, source_version FROM packages
       WHERE searchable = 1 AND search_name = ANY($1::text[])
     UNION SELECT id, purl, type, version, search_name, source_name, source_version FROM packages
       WHERE searchable = 1 AND source_name = ANY($2::text[])`,
    names,
    query.kind === 'name' ? names : list([]),
  );
  return rows.sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

function imagesWith(statements: Statements, packages: readonly number[]): Promise<ImageRow[]> {
  return statements.all<ImageRow>(
    `SELECT cp.package, i.id, i.image_id AS "imageId", i.containers, i.running FROM composition_packages cp
       JOIN image_rows i ON i.composition = cp.composition
     WHERE cp.package = ANY($1::bigint[]) AND (i.nodes > 0 OR i.containers > 0)`,
    list(packages),
  );
}
