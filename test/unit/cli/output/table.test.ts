import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTable, type Column } from '../../../../cli/output/table.ts';

interface Row {
  readonly name: string;
  readonly size?: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'name', value: (row) => row.name, shrink: true },
  { title: 'size', value: (row) => row.size, align: 'right' },
];

test('columns are as wide as what is in them', () => {
  const rows = [{ name: 'a', size: 10 }, { name: 'longer', size: 5 }, { name: 'none' }];
  assert.equal(formatTable(rows, columns), 'NAME    SIZE\na         10\nlonger     5\nnone       -\n');
});

test('what is too wide for the terminal is cut where it may be', () => {
  const text = formatTable([{ name: 'x'.repeat(40), size: 1 }], columns, { width: 30 });
  assert.equal(text, `NAME${' '.repeat(22)}SIZE\n${'x'.repeat(23)}…     1\n`);
});

test('of several columns that may be cut, the widest gives most', () => {
  const both: readonly Column<readonly [string, string]>[] = [
    { title: 'a', value: ([one]) => one, shrink: true },
    { title: 'b', value: ([, other]) => other, shrink: true },
  ];
  const row = ['x'.repeat(60), 'y'.repeat(20)] as const;
  assert.equal(
    formatTable([row], both, { width: 62 }).split('\n')[1],
    `${'x'.repeat(39)}…  ${'y'.repeat(20)}`,
  );
  assert.equal(
    formatTable([row], both, { width: 32 }).split('\n')[1],
    `${'x'.repeat(14)}…  ${'y'.repeat(14)}…`,
  );
});

test('a table has one line for each row, whatever is in it', () => {
  const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.array(texts), (names) => {
      const text = formatTable(
        names.map((name) => ({ name })),
        columns,
      );
      assert.equal(text.split('\n').length, names.length + 2);
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }),
  );
});

test('a table may have as many rows as a fleet has packages', () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => `p-${at}`);
  const text = formatTable(rows, [{ title: 'package', value: (row) => row }]);
  assert.equal(text.length, 'PACKAGE\n'.length + rows.reduce((sum, row) => sum + row.length + 1, 0));
});
