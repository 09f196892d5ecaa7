import { difference, type Comparison, type Difference } from './comparison.ts';

/** Of what another program has otherwise, this much is printed for each tree. */
const MOST_PEER_LINES = 10;

const HEADERS = [
  'ecosystem',
  'oracle',
  'trees',
  'packages',
  'missing',
  'surplus',
  'trivy missing',
  'surplus',
];
const FIRST_NUMBER = 2;

/** An ecosystem that was to be compared and was not, with the reason. */
export interface Failed {
  readonly ecosystem: string;
  readonly reason: string;
}

export interface Outcome {
  readonly trivyVersion: string | undefined;
  readonly comparisons: readonly Comparison[];
  readonly failed: readonly Failed[];
}

/** True when nothing is missing, nothing is surplus, and everything was compared. */
export function isAccurate({ comparisons, failed }: Outcome): boolean {
  const differs = comparisons.some((one) => differenceOf(one.expected, one.found).count > 0);
  return !differs && failed.length === 0;
}

export function jsonReport({ trivyVersion, comparisons, failed }: Outcome): string {
  const rows = comparisons.map(({ ecosystem, oracle, subject, expected, found, trivy }) => ({
    ecosystem,
    oracle,
    subject,
    packages: expected.size,
    ...difference(expected, found),
    ...(trivy !== undefined && { trivy: difference(expected, trivy) }),
  }));
  return JSON.stringify({ trivyVersion, comparisons: rows, failed }, null, 2);
}

/** A table with a row for each ecosystem and oracle, and every difference below it. */
export function textReport({ trivyVersion, comparisons, failed }: Outcome): string {
  const groups = Map.groupBy(comparisons, ({ ecosystem, oracle }) => `${ecosystem}\0${oracle}`);
  const rows = [...groups.values()].map(rowOf);
  return [
    table([HEADERS, ...rows]),
    `trivy: ${trivyVersion ?? 'not asked'}`,
    ...failed.map(({ ecosystem, reason }) => `${ecosystem} was not compared: ${reason}`),
    ...comparisons.flatMap(differenceLines),
  ].join('\n');
}

function rowOf(group: readonly Comparison[]): readonly string[] {
  const ours = group.map(({ expected, found }) => differenceOf(expected, found));
  const asked = group.filter(({ trivy }) => trivy !== undefined);
  const theirs = asked.map(({ expected, trivy }) => differenceOf(expected, trivy ?? new Set()));
  const sum = (counts: readonly number[]): string => String(counts.reduce((all, one) => all + one, 0));
  return [
    group[0]?.ecosystem ?? '',
    group[0]?.oracle ?? '',
    String(new Set(group.map(({ subject }) => subject)).size),
    sum(group.map(({ expected }) => expected.size)),
    sum(ours.map(({ missing }) => missing.length)),
    sum(ours.map(({ surplus }) => surplus.length)),
    asked.length === 0 ? '-' : sum(theirs.map(({ missing }) => missing.length)),
    asked.length === 0 ? '-' : sum(theirs.map(({ surplus }) => surplus.length)),
  ];
}

function differenceLines({ ecosystem, subject, expected, found, trivy }: Comparison): readonly string[] {
  const title = `${ecosystem}, ${subject}`;
  const peer = trivy === undefined ? [] : signed(differenceOf(expected, trivy));
  const shown = peer.slice(0, MOST_PEER_LINES);
  const more = peer.length - shown.length;
  return [
    ...signed(differenceOf(expected, found)).map((line) => `${title}: ${line}`),
    ...shown.map((line) => `trivy, ${title}: ${line}`),
    ...(more > 0 ? [`trivy, ${title}: and ${more} more (all with --format json)`] : []),
  ];
}

function signed({ missing, surplus }: Difference): readonly string[] {
  return [...missing.map((one) => `missing ${one}`), ...surplus.map((one) => `surplus ${one}`)];
}

function differenceOf(
  expected: ReadonlySet<string>,
  found: ReadonlySet<string>,
): Difference & { readonly count: number } {
  const all = difference(expected, found);
  return { ...all, count: all.missing.length + all.surplus.length };
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = HEADERS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column < FIRST_NUMBER ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
