import { viewOf, type ByteGatherer } from '../package-database/byte-gatherer.ts';
import { damaged, DatabaseError } from '../package-database/database-error.ts';
import type { SqlitePages } from './pages.ts';
import { readVarint } from './varint.ts';

const INTERIOR = 0x05;
const LEAF = 0x0d;
/** Far more packages than any system has. */
const MAX_RECORDS = 200_000;
/** The database's header comes before the content of the first page. */
const FIRST_PAGE_START = 100;

/** A row as it is stored. */
export interface TableRecord {
  readonly id: number;
  readonly record: Uint8Array;
}

/**
 * Yields the records of the table whose root is page `root`, in the order of their row numbers; each is valid until
 * the next is asked for. What cannot be read is reported and passed over.
 * Source: SQLite's "Database File Format", section 1.6.
 */
export function* tableRecords(
  pages: SqlitePages,
  root: number,
  record: ByteGatherer,
  report: (problem: string) => void,
): Generator<TableRecord> {
  const seen = new Set<number>();
  let records = 0;
  const waiting = [root];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    if (seen.has(number)) {
      report(`page ${number} is in the table twice`);
      continue;
    }
    if (waiting.length > pages.count) throw damaged('a table of more pages than there are');
    seen.add(number);
    try {
      const page = openPage(pages, number);
      if (page.type === INTERIOR) waiting.push(...childrenOf(page).toReversed());
      else {
        records += page.cells.length;
        if (records > MAX_RECORDS) throw damaged(`a table of more than ${MAX_RECORDS} records`);
        yield* recordsOf(pages, page, record, report);
      }
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      report(error.message);
    }
  }
}

interface TreePage {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly type: number;
  /** Where in the page each cell begins. */
  readonly cells: readonly number[];
  /** An interior page's last child. */
  readonly rightmost: number;
}

function openPage(pages: SqlitePages, number: number): TreePage {
  const bytes = pages.page(number).subarray(0, pages.usable);
  const view = viewOf(bytes);
  const start = number === 1 ? FIRST_PAGE_START : 0;
  const type = view.getUint8(start);
  if (type !== INTERIOR && type !== LEAF) throw damaged(`page ${number} is not of a table`);
  const pointers = start + (type === INTERIOR ? 12 : 8);
  const count = Math.min(view.getUint16(start + 3), (pages.usable - pointers) >> 1);
  const cells = Array.from({ length: count }, (_, at) => view.getUint16(pointers + at * 2));
  return { number, bytes, view, type, cells, rightmost: type === INTERIOR ? view.getUint32(start + 8) : 0 };
}

function childrenOf({ number, view, cells, rightmost }: TreePage): readonly number[] {
  const children = cells.map((cell) => {
    if (cell + 4 > view.byteLength) throw damaged(`page ${number}: a cell lies outside`);
    return view.getUint32(cell);
  });
  return [...children, rightmost];
}

function* recordsOf(
  pages: SqlitePages,
  page: TreePage,
  record: ByteGatherer,
  report: (problem: string) => void,
): Generator<TableRecord> {
  for (const cell of page.cells) {
    let id: number;
    try {
      id = gather(pages, page, cell, record);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      report(`page ${page.number}: ${error.message}`);
      continue;
    }
    yield { id, record: record.bytes() };
  }
}

/** A cell of a leaf: length of the record, row number, the record's beginning, where its rest overflows to. Gives the number. */
function gather(pages: SqlitePages, { bytes, view }: TreePage, cell: number, record: ByteGatherer): number {
  const length = readVarint(bytes, cell);
  const row = readVarint(bytes, length.end);
  const local = localLength(length.value, pages.usable);
  const isWhole = local === length.value;
  const end = row.end + local;
  if (end + (isWhole ? 0 : 4) > bytes.length) throw damaged('a record lies outside of its page');
  record.start();
  record.append(bytes.subarray(row.end, end));
  let next = isWhole ? 0 : view.getUint32(end);
  for (let left = length.value - local; left > 0;) {
    const overflow = pages.page(next).subarray(0, pages.usable);
    const piece = overflow.subarray(4, 4 + left);
    record.append(piece);
    left -= piece.length;
    next = viewOf(overflow).getUint32(0);
  }
  return row.value;
}

/** How much of a record is in its leaf: so much that the rest fills overflow pages exactly, if there is room for that. */
function localLength(length: number, usable: number): number {
  if (length <= usable - 35) return length;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (usable - 4));
  return fitting <= usable - 35 ? fitting : least;
}
