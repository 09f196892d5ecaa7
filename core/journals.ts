import type { SupersededPackage } from './composition.ts';
import { databaseFolder } from './database-places.ts';
import type { PackageRecord } from './facts.ts';
import { recordKey } from './merge.ts';
import type { PlacedFact } from './placed-fact.ts';

const STATUS = '/status';
/** dpkg numbers the entries of its journal, all with as many digits. */
const ENTRY = /\/updates\/\d+$/;

/** True for an entry of dpkg's journal: what came after its status file was last written. */
export function isJournalEntry({ ref }: PlacedFact): boolean {
  return ref.cataloger === 'dpkg' && ENTRY.test(ref.path);
}

/**
 * Packages of visible facts of which a later entry of dpkg's journal says otherwise, or that they are gone.
 * Source: dpkg's lib/dpkg/dbmodify.c, "modstatdb".
 */
export function supersededPackages(visible: readonly PlacedFact[]): SupersededPackage[] {
  const entries = visible.filter(isJournalEntry);
  if (entries.length === 0) return [];
  return visible.flatMap((one) => {
    if (one.ref.cataloger !== 'dpkg' || !(one.ref.path.endsWith(STATUS) || isJournalEntry(one))) return [];
    const later = entries.filter((entry) => isLater(entry, one));
    const names = new Set(later.flatMap(({ fact }) => fact.supersedes ?? []));
    if (names.size === 0) return [];
    return (one.fact.packages ?? [])
      .filter((record) => names.has(qualifiedName(record)) || names.has(record.name))
      .map((record) => ({ ref: one.ref, package: recordKey(record) }));
  });
}

/** In the same database, and after: entries are read in the order of their numbers, and after the status file. */
function isLater(entry: PlacedFact, one: PlacedFact): boolean {
  const [folder, other] = [entry, one].map(({ ref }) => databaseFolder('dpkg', ref.path));
  if (folder !== other) return false;
  return !isJournalEntry(one) || one.ref.path < entry.ref.path;
}

function qualifiedName({ name, architecture = '' }: PackageRecord): string {
  return `${name}:${architecture}`;
}
