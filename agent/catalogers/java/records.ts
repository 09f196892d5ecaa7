import { createHash } from 'node:crypto';
import type { PackageRecord } from '../../../core/facts.ts';
import { recordKey } from '../../../core/merge.ts';
import type { ByteSource } from '../bytes/source.ts';
import type { ReadingBudget } from './budget.ts';
import type { ArchiveContents } from './contents.ts';
import { describedRecord, identify, statedRecord, type Identity } from './identity.ts';
import { attribute } from './manifest.ts';

const DIGEST_CHUNK_BYTES = 1 << 20;
const MAX_LICENSE_LENGTH = 200;

/** An archive to read. */
export interface ArchivePlace {
  /** Path of the file, or name of the entry that it is in another archive. */
  readonly path: string;
  /** All of its bytes. */
  readonly source: ByteSource;
  /** As in `PackageRecord.inside`; absent for the file itself. */
  readonly inside?: string;
}

/** The packages that an archive is and was put together from, without the archives in it. */
export function recordsOf(
  place: ArchivePlace,
  contents: ArchiveContents,
  budget: ReadingBudget,
): readonly PackageRecord[] {
  const identity = identify(place.path, contents);
  const own = ownRecord(identity, place, contents, budget);
  const others = contents.described
    .filter((one) => identity.kind !== 'described' || one !== identity.own)
    .map(describedRecord);
  const distinct = new Map<string, PackageRecord>();
  for (const record of [...own, ...others]) {
    const key = recordKey(record);
    if (!distinct.has(key)) distinct.set(key, record);
  }
  return [...distinct.values()];
}

function ownRecord(
  identity: Identity,
  place: ArchivePlace,
  contents: ArchiveContents,
  budget: ReadingBudget,
): readonly PackageRecord[] {
  const role = isApplication(place, contents) ? { role: 'application' as const } : {};
  switch (identity.kind) {
    case 'described':
      return [
        { ...licensesOf(contents), ...describedRecord(identity.own), version: identity.version, ...role },
      ];
    case 'stated':
      return [{ ...licensesOf(contents), ...statedRecord(identity.coordinates), ...role }];
    case 'named': {
      const { name, version } = identity;
      // The image's own program is in nobody's catalogue, so that looking it up would be vain.
      const sha1 = role.role === undefined ? digestOf(place, budget) : {};
      return [{ type: 'maven', name, version, ...licensesOf(contents), ...role, ...sha1 }];
    }
    case 'none':
      return [];
  }
}

/** A program with its libraries inside, not itself in another archive, nor a plug-in of a server. */
function isApplication(
  { path, inside }: ArchivePlace,
  { isApplication: hasLayout, manifest }: ArchiveContents,
): boolean {
  if (inside !== undefined || /\.(?:hpi|jpi|kar|nar)$/.test(path)) return false;
  return hasLayout || /\.(?:ear|war)$/.test(path) || attribute(manifest, 'Start-Class') !== undefined;
}

/** What OSGi writes; addresses or names, with commas between, and parameters after a semicolon. */
function licensesOf({ manifest }: ArchiveContents): { readonly licenses?: readonly string[] } {
  const licenses = (attribute(manifest, 'Bundle-License') ?? '')
    .split(',')
    .map((one) => one.split(';')[0]?.trim().replaceAll('"', '').slice(0, MAX_LICENSE_LENGTH) ?? '')
    .filter((one) => one !== '' && one !== '<<EXTERNAL>>');
  return licenses.length > 0 ? { licenses } : {};
}

/** Read in pieces: a file may be larger than what may be in memory. */
function digestOf({ source, path }: ArchivePlace, budget: ReadingBudget): { readonly sha1?: string } {
  if (!budget.allowsDigest(source.size)) {
    budget.note(`${path} was not digested: too many bytes`);
    return {};
  }
  const hash = createHash('sha1');
  for (let at = 0; at < source.size; at += DIGEST_CHUNK_BYTES)
    hash.update(source.read(at, DIGEST_CHUNK_BYTES));
  return { sha1: hash.digest('hex') };
}
