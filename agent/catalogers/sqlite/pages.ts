import type { LayerFile } from '../../../core/layer.ts';
import { viewOf } from '../package-database/byte-gatherer.ts';
import { damaged, DatabaseError } from '../package-database/database-error.ts';
import { readWal } from './wal.ts';

export const SQLITE_MAGIC = 'SQLite format 3\0';
const UTF8 = 1;

/** A database's pages as its last committed transaction left them. */
export interface SqlitePages {
  /** Bytes of a page that hold content; the rest is reserved. */
  readonly usable: number;
  readonly count: number;
  /** Pages count from 1. Throws for one that does not exist. */
  page(number: number): Uint8Array;
}

/**
 * Opens a database, with its write-ahead log laid over it if there is one: what rpm wrote last may be in there alone.
 * Source: SQLite's "Database File Format", sections 1.3 and 4.
 */
export function openPages(file: LayerFile, log: LayerFile | undefined): SqlitePages {
  const fromFile = file.read(0, 100);
  if (fromFile.length < 100) throw damaged('the file ends in its first page');
  const size = viewOf(fromFile).getUint16(16);
  const pageSize = size === 1 ? 65536 : size;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) throw damaged(`pages of ${pageSize} bytes`);
  const wal = log && readWal(log);
  if (wal !== undefined && wal.pageSize !== pageSize)
    throw damaged('the write-ahead log is of another database');
  const count = wal?.pageCount ?? Math.floor(file.size / pageSize);

  function page(number: number): Uint8Array {
    if (number < 1 || number > count) throw damaged(`page ${number} of ${count}`);
    const logged = wal?.offsets.get(number);
    const bytes =
      log !== undefined && logged !== undefined
        ? log.read(logged, pageSize)
        : file.read((number - 1) * pageSize, pageSize);
    if (bytes.length < pageSize) throw damaged(`page ${number} is beyond the end of the file`);
    return bytes;
  }

  const header = viewOf(page(1));
  const usable = pageSize - header.getUint8(20);
  if (usable < 480) throw damaged(`only ${usable} bytes of a page are usable`);
  const encoding = header.getUint32(56);
  // 0 is a database in which nothing was ever stored.
  if (encoding > UTF8) throw new DatabaseError('unsupported', 'SQLite text in UTF-16');
  return { usable, count, page };
}
