import { EXIT, Failure } from '../failure.ts';
import { jsonText } from './json.ts';
import { writeStdout } from './stdout.ts';
import { formatTable, type Column, type TableOptions } from './table.ts';

export type Format = 'table' | 'json';

/** Throws a Failure that names what is allowed. */
export function parseFormat(text: string): Format {
  if (text === 'table' || text === 'json') return text;
  throw new Failure(EXIT.usage, `format is "${text}"; it must be table or json`);
}

/** As wide as the terminal, and in color; plain and whole where there is none. */
export function tableOptions(): TableOptions {
  const { isTTY, columns } = process.stdout;
  if (!isTTY) return {};
  return { width: columns, color: process.stdout.hasColors() && !process.env['NO_COLOR'] };
}

/** Prints rows to stdout: a table that fits the terminal, or the rows as a JSON array. */
export async function writeOutput<Row>(
  format: Format,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Promise<void> {
  await writeStdout(format === 'json' ? jsonText(rows) : formatTable(rows, columns, tableOptions()));
}
