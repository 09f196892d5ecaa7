import type { PackageRecord, PackageType } from '../../core/facts.ts';
import { comparableName, matchesPurl, parsePurl } from '../../core/purl.ts';
import { inRange, type PackageQuery } from '../../core/version-range.ts';
import { PACKAGE_TYPES } from '../../core/package-types.ts';
import type { MatchedPackage } from './views.ts';

// How a store finds the packages that a question asks for: `candidateNames` leads to rows by an index on their names,
// `matchPackage` decides on each.

/** What a store keeps of a package to find it again. */
export interface SearchRow {
  readonly purl: string;
  readonly type: PackageType;
  /** As a range compares it: rpm with its epoch in front. */
  readonly version: string;
  readonly searchName: string;
  /** The source package's name, where OS packages have one of another name. */
  readonly sourceName?: string;
  readonly sourceVersion?: string;
}

export function searchRow(purl: string, record: PackageRecord): SearchRow {
  const version = record.epoch === undefined ? record.version : `${record.epoch}:${record.version}`;
  const { source } = record;
  const row = { purl, type: record.type, version, searchName: searchName(record) };
  if (source === undefined || source.name === record.name) return row;
  return {
    ...row,
    sourceName: comparableName(record.type, source.name),
    sourceVersion: source.version ?? version,
  };
}

/** Full name, in the form by which its ecosystem compares names. OS packages are named without their distribution. */
function searchName(record: Pick<PackageRecord, 'type' | 'namespace' | 'name'>): string {
  const { type, namespace, name } = record;
  const full = namespace === undefined || isOsType(type) ? name : `${namespace}/${name}`;
  return comparableName(type, full);
}

/** Every `searchName` that a name, as a person writes it, may stand for in some ecosystem. */
export function comparableNames(name: string): string[] {
  return [...new Set(PACKAGE_TYPES.map((type) => comparableName(type, name)))];
}

/** Names under which to look for what a query asks. */
export function candidateNames(query: PackageQuery): string[] {
  if (query.kind === 'name') return comparableNames(query.name);
  const { type, namespace, name } = query.purl;
  const full = namespace === undefined || isOsType(type) ? name : `${namespace}/${name}`;
  return [comparableName(type, full)];
}

/** Whether a package is what a query asks for. A source package's name counts only for a query by name. */
export function matchPackage(query: PackageQuery, row: SearchRow): MatchedPackage | undefined {
  if (query.kind === 'purl') {
    const fits = matchesPurl(query.purl, parsePurl(row.purl)) && inRange(row.type, row.version, query.range);
    return fits ? { purl: row.purl, version: row.version, matchedBy: 'name' } : undefined;
  }
  const wanted = comparableName(row.type, query.name);
  if (row.searchName === wanted) {
    const fits = inRange(row.type, row.version, query.range);
    return fits ? { purl: row.purl, version: row.version, matchedBy: 'name' } : undefined;
  }
  if (row.sourceName !== wanted) return undefined;
  const fits = inRange(row.type, row.sourceVersion ?? row.version, query.range);
  return fits ? { purl: row.purl, version: row.version, matchedBy: 'source' } : undefined;
}

function isOsType(type: string): boolean {
  return type === 'apk' || type === 'deb' || type === 'rpm';
}
