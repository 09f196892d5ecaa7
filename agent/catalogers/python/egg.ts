import { bytesSource, type ByteSource } from '../bytes/source.ts';
import { openZip } from '../zip/archive.ts';
import { readEntry } from '../zip/content.ts';
import { directoryEntries } from '../zip/entries.ts';

const METADATA = ['EGG-INFO/PKG-INFO', 'EGG-INFO/METADATA'];
const REQUIRES = 'EGG-INFO/requires.txt';
const NAMES = [...METADATA, REQUIRES];
/** Descriptions are part of it. */
const MAX_METADATA_BYTES = 4 << 20;
/** Eggs of whole frameworks have some thousands. */
const MAX_ENTRIES = 100_000;

/** What an egg says of itself. */
export interface EggContents {
  readonly metadata: ByteSource;
  /** What it needs. */
  readonly requires?: ByteSource;
}

/** What of an egg was read: undefined contents are of an archive without metadata. */
export interface EggReading {
  readonly contents?: EggContents;
  /** Says that names in the archive were not looked at, any of which may have been sought. */
  readonly truncated?: string;
}

/**
 * The metadata of an egg that was installed as an archive, as easy_install did; nothing of what is no archive or has
 * none. Throws a ZipError where the archive is damaged.
 * Source: setuptools' "The Internal Structure of Python Eggs".
 */
export function readEgg(file: ByteSource): EggReading {
  const archive = openZip(file);
  if (archive === undefined) return {};
  const found = new Map<string, ByteSource>();
  let left = MAX_ENTRIES;
  for (const listed of directoryEntries(archive)) {
    if ((left -= 1) < 0) break;
    if (NAMES.every(({ length }) => length !== listed.name.end - listed.name.start)) continue;
    const entry = listed.decode();
    if (!NAMES.includes(entry.name) || found.has(entry.name)) continue;
    found.set(entry.name, bytesSource(readEntry(archive, entry, MAX_METADATA_BYTES)));
    if (found.size === NAMES.length) break;
  }
  const metadata = METADATA.flatMap((name) => found.get(name) ?? [])[0];
  const requires = found.get(REQUIRES);
  return {
    ...(metadata && { contents: { metadata, ...(requires && { requires }) } }),
    ...(left < 0 && { truncated: `only the first ${MAX_ENTRIES} names in the archive were read` }),
  };
}
