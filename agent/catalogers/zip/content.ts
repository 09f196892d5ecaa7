import { constants, inflateRawSync } from 'node:zlib';
import { regionOf, type ByteSource } from '../bytes/source.ts';
import { tableAt } from '../bytes/table.ts';
import type { ZipArchive } from './archive.ts';
import type { ZipEntry } from './entries.ts';
import { ZipError } from './zip-error.ts';

const HEADER_MAGIC = 0x04034b50;
const HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

/** Whether an entry is stored as it is, so that it can be read in place. */
export function isStored(entry: ZipEntry): boolean {
  return entry.method === STORED;
}

/** The bytes of an entry as they lie in the archive, compressed or not. Throws a ZipError. */
export function rawContent({ source }: ZipArchive, entry: ZipEntry): ByteSource {
  if (entry.isEncrypted) throw new ZipError('unsupported', `${entry.name} is encrypted`);
  const header = tableAt(source, entry.headerStart, HEADER_BYTES, true);
  if (header?.u32(0) !== HEADER_MAGIC)
    throw new ZipError('malformed', `${entry.name} is not where it should be`);
  const start = entry.headerStart + HEADER_BYTES + header.u16(26) + header.u16(28);
  const size = isStored(entry) ? entry.size : entry.compressedSize;
  if (!Number.isSafeInteger(size) || start + size > source.size)
    throw new ZipError('malformed', `${entry.name} goes beyond the end of the archive`);
  return regionOf(source, start, size);
}

/** All of an entry. Throws a ZipError, `too-large` when it has more than `maxBytes`, whatever it claims. */
export function readEntry(archive: ZipArchive, entry: ZipEntry, maxBytes: number): Uint8Array {
  const raw = rawContent(archive, entry);
  if (Math.max(entry.size, raw.size) > maxBytes) throw tooLarge(entry, maxBytes);
  const bytes = raw.read(0, raw.size);
  return isStored(entry) ? bytes : inflated(entry, bytes, entry.size, constants.Z_FINISH);
}

/** The beginning of an entry: what its first `rawBytes` of the archive give. Throws a ZipError. */
export function readBeginning(
  archive: ZipArchive,
  entry: ZipEntry,
  { rawBytes, maxBytes }: { readonly rawBytes: number; readonly maxBytes: number },
): Uint8Array {
  const raw = rawContent(archive, entry).read(0, rawBytes);
  if (isStored(entry)) return raw;
  return inflated(entry, raw, Math.min(entry.size, maxBytes), constants.Z_SYNC_FLUSH);
}

function inflated(entry: ZipEntry, bytes: Uint8Array, maxBytes: number, finishFlush: number): Uint8Array {
  if (entry.method !== DEFLATED)
    throw new ZipError(
      'unsupported',
      `${entry.name} is compressed by method ${entry.method}, which is not read`,
    );
  try {
    // One byte more than all, so that one buffer holds it.
    const chunkSize = Math.max(constants.Z_MIN_CHUNK, maxBytes + 1);
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, maxBytes), chunkSize, finishFlush });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(entry, maxBytes);
    throw new ZipError('malformed', `${entry.name} is damaged`, cause);
  }
}

function tooLarge({ name }: ZipEntry, maxBytes: number): ZipError {
  return new ZipError('too-large', `${name} is larger than ${maxBytes} bytes`);
}
