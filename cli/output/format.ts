import { EXIT, Failure } from '../failure.ts';
import { formatTable, type Column } from './table.ts';

export type Format = 'table' | 'json';

/** Throws a Failure that names what is allowed. */
export function parseFormat(text: string): Format {
  if (text === 'table' || text === 'json') return text;
  throw new Failure(EXIT.usage, `--format is "${text}"; it must be table or json`);
}

/** Prints rows to stdout: a table that fits the terminal, or the rows as a JSON array. */
export function writeOutput<Row>(
  format: Format,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void {
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const { isTTY, columns: width } = process.stdout;
  process.stdout.write(formatTable(rows, columns, isTTY ? { width, color: true } : {}));
}
