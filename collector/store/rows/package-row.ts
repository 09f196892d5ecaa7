import type { PackageType } from '../../../core/facts.ts';
import { comparableNames, type SearchRow } from '../package-search.ts';

/** A package as a database gives it. */
export interface PackageRow {
  readonly id: number;
  readonly purl: string;
  readonly type: PackageType;
  readonly version: string;
  readonly search_name: string;
  readonly source_name: string | null;
  readonly source_version: string | null;
}

export function searchRowOf(row: PackageRow): SearchRow {
  return {
    purl: row.purl,
    type: row.type,
    version: row.version,
    searchName: row.search_name,
    ...(row.source_name !== null && { sourceName: row.source_name }),
    ...(row.source_version !== null && { sourceVersion: row.source_version }),
  };
}

/** A range of search names: from `low`, up to but not including `high`. */
interface NameRange {
  readonly low: string;
  readonly high: string;
}

/** Above every other character that a name is compared by. */
export const HIGHEST = '\u{10FFFF}';

/** The ranges that a filter by name asks for; a `*` at its end: all that begin so. */
export function nameRanges(name: string | undefined): NameRange[] {
  if (name === undefined) return [{ low: '', high: HIGHEST }];
  if (!name.endsWith('*')) return comparableNames(name).map((low) => ({ low, high: `${low}\u0001` }));
  return comparableNames(name.slice(0, -1)).map((low) => ({ low, high: `${low}${HIGHEST}` }));
}

/** As databases compare: by bytes of UTF-8, which is by code points. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
