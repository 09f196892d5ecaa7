import type { LayerFile } from '../../../core/layer.ts';
import { MAX_VALUE_BYTES, viewOf } from '../package-database/byte-gatherer.ts';
import { damaged, DatabaseError } from '../package-database/database-error.ts';

/** `RpmP`, as a little-endian number. */
export const NDB_MAGIC = 0x506d7052;
const SLOT_MAGIC = 0x746f6c53; // Slot
const BLOB_MAGIC = 0x53626c42; // BlbS
const PAGE_BYTES = 4096;
const SLOT_BYTES = 16;
/** Blobs lie at multiples of this. */
const BLOCK_BYTES = 16;
const BLOB_HEAD_BYTES = 16;
const BLOB_TAIL_BYTES = 12;

/**
 * Reads `Packages.db`, the format of SUSE's rpm: pages of slots, each of which leads to one header.
 * All numbers little-endian. Source: the description of the format in rpm's lib/backend/ndb.
 */
export function* readNdb(file: LayerFile, report: (problem: string) => void): Generator<Uint8Array> {
  const view = viewOf(file.read(0, 32));
  if (view.byteLength < 32) throw damaged('the file ends in its first page');
  const version = view.getUint32(4, true);
  if (version !== 0) throw new DatabaseError('unsupported', `version ${version} of the ndb format`);
  const slotPages = view.getUint32(12, true);
  const pages = Math.floor(file.size / PAGE_BYTES);
  if (slotPages > pages) report('the file ends before its last page of slots');
  let left = file.size;
  for (let page = 0; page < Math.min(slotPages, pages); page += 1) {
    const slots = viewOf(file.read(page * PAGE_BYTES, PAGE_BYTES));
    // The file's header takes the place of the first two slots.
    for (let at = page === 0 ? 2 * SLOT_BYTES : 0; at + SLOT_BYTES <= slots.byteLength; at += SLOT_BYTES) {
      const block = slots.getUint32(at + 8, true);
      if (slots.getUint32(at, true) !== SLOT_MAGIC) report(`page ${page}: no slot where one should be`);
      else if (block !== 0) {
        const blob = readBlob(file, block * BLOCK_BYTES, slots.getUint32(at + 4, true));
        if (typeof blob === 'string') report(blob);
        else {
          left -= blob.length;
          if (left < 0) throw damaged('values lie over each other');
          yield blob;
        }
      }
    }
  }
}

/** Bytes, or what is wrong with them. */
function readBlob(file: LayerFile, offset: number, packageNumber: number): Uint8Array | string {
  const head = viewOf(file.read(offset, BLOB_HEAD_BYTES));
  if (head.byteLength < BLOB_HEAD_BYTES) return `package ${packageNumber} is beyond the end of the file`;
  const length = head.getUint32(12, true);
  if (head.getUint32(0, true) !== BLOB_MAGIC || head.getUint32(4, true) !== packageNumber) {
    return `package ${packageNumber} is not where its slot says`;
  }
  if (length > MAX_VALUE_BYTES || offset + BLOB_HEAD_BYTES + length + BLOB_TAIL_BYTES > file.size) {
    return `package ${packageNumber} has ${length} bytes`;
  }
  return file.read(offset + BLOB_HEAD_BYTES, length);
}
