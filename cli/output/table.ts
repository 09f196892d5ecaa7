import { stripVTControlCharacters, styleText } from 'node:util';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | undefined;
  readonly align?: 'right';
  /** This column gives way when the terminal is too narrow. */
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
  // One by one: a fleet has more packages than a call may have arguments.
  const widths = columns.map((column, at) =>
    cells.reduce((widest, line) => Math.max(widest, line[at]?.length ?? 0), column.title.length),
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

/** Takes from the widest columns that may give, until the table fits or each has given what it can. */
function shrink<Row>(widths: number[], columns: readonly Column<Row>[], limit: number | undefined): void {
  if (limit === undefined) return;
  const yielding = [...columns.keys()].filter((at) => columns[at]?.shrink === true);
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - limit;
  for (; excess > 0; excess -= 1) {
    const widest = yielding.reduce(
      (a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a),
      yielding[0] ?? -1,
    );
    if ((widths[widest] ?? 0) <= LEAST_SHRUNK) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
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
