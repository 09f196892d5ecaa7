import type { LayerFile } from '../../../core/layer.ts';
import { byteGatherer, viewOf, type ByteGatherer } from '../package-database/byte-gatherer.ts';
import { damaged, DatabaseError } from '../package-database/database-error.ts';

/** Berkeley DB's magic number of hash databases, 12 bytes into the file and in the byte order of its machine. */
export const HASH_MAGIC = 0x061561;
const META_BYTES = 512;
const CHECKSUMMED = 1;

/** Page types and kinds of items, from Berkeley DB's dbinc/db_page.h. */
const PAGE = { unsortedHash: 2, overflow: 7, hash: 13 };
const ITEM = { inline: 1, offPage: 3 };
const PAGE_HEADER_BYTES = 26;

interface Database {
  readonly file: LayerFile;
  readonly littleEndian: boolean;
  readonly pageSize: number;
  readonly lastPage: number;
  readonly value: ByteGatherer;
  /** Counts a page that a value goes on in. Throws once those are far more than there are. */
  readonly countPage: () => void;
}

/**
 * Reads the hash database `Packages` of rpm before 4.16, in either byte order.
 * All pages are looked at one after another, not bucket by bucket: a page that is not in use is of another type,
 * and no chain of buckets can then lead in circles. Source: the format as Berkeley DB's documentation of 5.3 has it.
 */
export function* readBerkeleyDb(file: LayerFile, report: (problem: string) => void): Generator<Uint8Array> {
  const database = openDatabase(file);
  const pages = Math.floor(file.size / database.pageSize);
  if (database.lastPage >= pages) report('the file ends before its last page');
  for (let number = 1; number < pages && number <= database.lastPage; number += 1) {
    const page = readPage(database, number);
    if (page.type !== PAGE.hash && page.type !== PAGE.unsortedHash) continue;
    for (let item = 0; item + 1 < page.itemCount; item += 2) {
      try {
        const header = valueOf(database, page, item);
        if (header !== undefined) yield header;
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        report(`page ${number}: ${error.message}`);
      }
    }
  }
}

function openDatabase(file: LayerFile): Database {
  const meta = file.read(0, META_BYTES);
  if (meta.length < META_BYTES) throw damaged('the file ends in its first page');
  const view = viewOf(meta);
  const littleEndian = view.getUint32(12, true) === HASH_MAGIC;
  const pageSize = view.getUint32(20, littleEndian);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) {
    throw damaged(`pages of ${pageSize} bytes`);
  }
  // Either one moves what is on a page; rpm never used them.
  if (meta[24] !== 0 || ((meta[26] ?? 0) & CHECKSUMMED) !== 0) {
    throw new DatabaseError('unsupported', 'encrypted or checksummed Berkeley DB');
  }
  const lastPage = view.getUint32(32, littleEndian);
  const value = byteGatherer(file.size);
  return { file, littleEndian, pageSize, lastPage, value, countPage: pageCounter(file.size / pageSize) };
}

/** Pages that say to hold a byte each would be read as often as a value may have bytes. */
function pageCounter(pages: number): () => void {
  let left = pages * 2;
  return () => {
    left -= 1;
    if (left < 0) throw damaged('values lie over each other');
  };
}

interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly type: number;
  readonly next: number;
  readonly itemCount: number;
  /** On an overflow page: how many bytes of the value it holds. */
  readonly used: number;
}

function readPage({ file, littleEndian, pageSize }: Database, number: number): Page {
  const bytes = file.read(number * pageSize, pageSize);
  if (bytes.length < pageSize) throw damaged(`page ${number} is beyond the end of the file`);
  const view = viewOf(bytes);
  const items = view.getUint16(20, littleEndian);
  return {
    bytes,
    view,
    type: bytes[25] ?? 0,
    next: view.getUint32(16, littleEndian),
    itemCount: Math.min(items, (pageSize - PAGE_HEADER_BYTES) >> 1),
    used: view.getUint16(22, littleEndian),
  };
}

/** The value of the pair whose key is item `key`; undefined for the record of the next free number, whose key is 0. */
function valueOf(database: Database, page: Page, key: number): Uint8Array | undefined {
  const { littleEndian, value } = database;
  const end = key === 0 ? database.pageSize : itemOffset(database, page, key - 1);
  const keyStart = itemOffset(database, page, key);
  const start = itemOffset(database, page, key + 1);
  if (start >= keyStart || keyStart >= end) throw damaged('items are out of order');
  value.start();
  if (page.bytes[start] === ITEM.inline) {
    if (end - keyStart === 5 && page.view.getUint32(keyStart + 1) === 0) return undefined;
    value.append(page.bytes.subarray(start + 1, keyStart));
    return value.bytes();
  }
  if (page.bytes[start] !== ITEM.offPage || keyStart - start < 12) throw damaged('an item of unknown kind');
  const first = page.view.getUint32(start + 4, littleEndian);
  const length = page.view.getUint32(start + 8, littleEndian);
  return overflowValue(database, first, length);
}

/** Items lie from the end of the page towards its start, in the order of their offsets at its start. */
function itemOffset({ littleEndian, pageSize }: Database, page: Page, item: number): number {
  const offset = page.view.getUint16(PAGE_HEADER_BYTES + item * 2, littleEndian);
  if (offset < PAGE_HEADER_BYTES || offset >= pageSize) throw damaged('an item lies outside of its page');
  return offset;
}

function overflowValue(database: Database, first: number, length: number): Uint8Array {
  const { lastPage, value, countPage } = database;
  let number = first;
  for (let left = length; left > 0;) {
    countPage();
    if (number === 0 || number > lastPage) throw damaged('a value ends too early');
    const { bytes, type, used, next } = readPage(database, number);
    if (type !== PAGE.overflow || used === 0 || used > left)
      throw damaged('a value goes on in a page of another kind');
    value.append(bytes.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + used));
    left -= used;
    number = next;
  }
  return value.bytes();
}
