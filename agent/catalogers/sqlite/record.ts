import { viewOf } from '../package-database/byte-gatherer.ts';
import { damaged } from '../package-database/database-error.ts';
import { readVarint } from './varint.ts';

/** A column's value, if it is of a kind that the package list uses. */
export type ColumnValue = number | string | Uint8Array | undefined;

/** The tables read here have five columns at most. */
const MAX_COLUMNS = 16;
/** Bytes of the serial types 0 to 9: null, integers, a float, the constants 0 and 1. */
const WIDTHS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

/** Reads the columns of a record. Source: SQLite's "Database File Format", section 2.1. */
export function readRecord(record: Uint8Array): readonly ColumnValue[] {
  const headerLength = readVarint(record, 0);
  const columns: ColumnValue[] = [];
  let header = headerLength.end;
  let at = headerLength.value;
  if (at > record.length) throw damaged('the header of a record lies outside');
  while (header < headerLength.value && columns.length < MAX_COLUMNS) {
    const { value: type, end } = readVarint(record, header);
    header = end;
    const width = type < 12 ? WIDTHS[type] : Math.floor((type - 12) / 2);
    if (width === undefined || at + width > record.length)
      throw damaged('a column lies outside of its record');
    columns.push(columnValue(type, record.subarray(at, at + width)));
    at += width;
  }
  return columns;
}

function columnValue(type: number, bytes: Uint8Array): ColumnValue {
  if (type >= 12) return type % 2 === 0 ? bytes : new TextDecoder().decode(bytes);
  const view = viewOf(bytes);
  switch (type) {
    case 1:
      return view.getInt8(0);
    case 2:
      return view.getInt16(0);
    case 3:
      return view.getInt8(0) * 65536 + view.getUint16(1);
    case 4:
      return view.getInt32(0);
    case 8:
    case 9:
      return type - 8;
    default:
      return undefined;
  }
}
