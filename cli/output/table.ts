import { stripVTControlCharacters, styleText } from 'node:util';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
  readonly align?: 'right';
  /** This column gives way first when the terminal is too narrow. */
  readonly shrink?: true;
}

export interface TableOptions {
  /** Columns of the terminal; without it nothing is cut. */
  readonly width?: number;
  readonly color?: boolean;
}

const GAP = '  ';
const LEAST_SHRUNK = 12;

/** Rows under a heading, aligned; ends with a newline. What comes from outside is shown without control characters. */
export function formatTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: TableOptions = {},
): string {
  const cells = rows.map((row) => columns.map((column) => clean(column.value(row))));
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  shrink(widths, columns, options.width);
  const heading = line(
    columns.map((column) => column.title.toUpperCase()),
    columns,
    widths,
  );
  const styled = options.color === true ? styleText('bold', heading) : heading;
  return [styled, ...cells.map((row) => line(row, columns, widths)), ''].join('\n');
}

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], limit: number | undefined): void {
  if (limit === undefined) return;
  for (const [at, column] of columns.entries()) {
    const excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - limit;
    if (excess <= 0) return;
    if (column.shrink === true) widths[at] = Math.max(LEAST_SHRUNK, (widths[at] ?? 0) - excess);
  }
}

function line<Row>(
  row: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string {
  const padded = row.map((text, at) => {
    const width = widths[at] ?? 0;
    const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
    return columns[at]?.align === 'right' ? cut.padStart(width) : cut.padEnd(width);
  });
  return padded.join(GAP).trimEnd();
}

/** Text from outside, fit for a terminal: no escape sequences, no control characters. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, '\u{fffd}');
}

function clean(value: string | number | undefined): string {
  return value === undefined ? '-' : cleanText(String(value));
}
