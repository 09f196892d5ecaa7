import { bytesSource, type ByteSource } from '../bytes/source.ts';
import { openZip } from '../zip/archive.ts';
import { readEntry } from '../zip/content.ts';
import { directoryEntries } from '../zip/entries.ts';

const METADATA = ['EGG-INFO/PKG-INFO', 'EGG-INFO/METADATA'];
/** Descriptions are part of it. */
const MAX_METADATA_BYTES = 4 << 20;
/** Eggs of whole frameworks have some thousands. */
const MAX_ENTRIES = 100_000;

/**
 * The metadata of an egg that was installed as an archive, as easy_install did; undefined for what is no archive or has
 * none. Throws a ZipError where the archive is damaged.
 * Source: setuptools' "The Internal Structure of Python Eggs".
 */
export function metadataInEgg(file: ByteSource): ByteSource | undefined {
  const archive = openZip(file);
  if (archive === undefined) return undefined;
  let left = MAX_ENTRIES;
  for (const listed of directoryEntries(archive)) {
    if ((left -= 1) < 0) return undefined;
    if (METADATA.every(({ length }) => length !== listed.name.end - listed.name.start)) continue;
    const entry = listed.decode();
    if (METADATA.includes(entry.name)) return bytesSource(readEntry(archive, entry, MAX_METADATA_BYTES));
  }
  return undefined;
}
