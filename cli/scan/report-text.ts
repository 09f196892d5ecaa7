import { styleText } from 'node:util';
import type { Package } from '../../core/composition.ts';
import { locationText } from '../../core/location.ts';
import { familiarName } from '../engines/image-names.ts';
import { cleanText, formatTable, type Column, type TableOptions } from '../output/table.ts';
import { countsText, shortDigest } from '../output/text.ts';
import type { ScanResult } from './scan-result.ts';

const MOST_PROBLEMS = 10;

/** A heading that says what was scanned and what could not be read, then the packages. Ends with a newline. */
export function reportText(result: ScanResult, options: TableOptions): string {
  const { packages } = result;
  const lines = [...heading(result, options.color === true), ''];
  if (packages.length === 0) return [...lines, 'No packages were found.', ''].join('\n');
  return [...lines, formatTable(packages, columns(result), options)].join('\n');
}

function heading(result: ScanResult, color: boolean): string[] {
  const { target, image, composition, packages } = result;
  const title = image?.names[0] === undefined ? target : image.names.map(familiarName).join(', ');
  const { release } = composition;
  const facts: (readonly [string, string | undefined])[] = [
    ['image ID', image?.imageId],
    ['platform', image && [image.os, image.architecture, image.variant].filter(Boolean).join('/')],
    ['layers', image && String(image.diffIds.length)],
    ['system', release && (release.prettyName ?? release.id)],
    [
      'packages',
      `${packages.length}${packages.length === 0 ? '' : `: ${countsText(packages.map(({ type }) => type))}`}`,
    ],
  ];
  return [
    color ? styleText('bold', cleanText(title)) : cleanText(title),
    ...facts.flatMap(([name, value]) =>
      value === undefined ? [] : [`  ${name.padEnd(9)} ${cleanText(value)}`],
    ),
    ...warnings(result).map((text) => (color ? styleText('yellow', cleanText(text)) : cleanText(text))),
  ];
}

function warnings({ composition, problems, image }: ScanResult): string[] {
  const shown = problems.slice(0, MOST_PROBLEMS).map(({ path, kind, message, layer }) => {
    const where = image === undefined ? '' : ` (layer ${layer + 1})`;
    return `  ! ${kind === 'truncated' ? 'read in part' : 'not read'}: ${path}${where}: ${message}`;
  });
  const rest = problems.length - shown.length;
  return [
    ...composition.deletedDatabases.map(
      ({ ref, layer }) =>
        `  ! ${ref.path} was deleted in layer ${layer + 1}: what it last listed is marked database-deleted`,
    ),
    ...shown,
    ...(rest > 0 ? [`  ! and ${rest} more that were not read wholly; --format json lists all`] : []),
    ...(composition.opaqueBlind
      ? [
          '  ! opaque directories could not be seen (that needs CAP_SYS_ADMIN): deleted packages may be listed',
        ]
      : []),
  ];
}

function columns({ image }: ScanResult): Column<Package>[] {
  const common: Column<Package>[] = [
    {
      title: 'package',
      shrink: true,
      value: (one) => (one.namespace === undefined ? one.name : `${one.namespace}/${one.name}`),
    },
    { title: 'version', value: (one) => one.version || undefined },
    { title: 'type', value: (one) => [one.type, ...(one.flags ?? [])].join(', ') },
    { title: 'where', value: whereText, shrink: true },
  ];
  if (image === undefined) return common;
  return [...common, { title: 'layer', value: (one) => layerText(one, image.diffIds) }];
}

function whereText({ locations: [first, ...others] }: Package): string {
  if (first === undefined) return '';
  return others.length === 0 ? locationText(first) : `${locationText(first)} (+${others.length})`;
}

/** The layer that brought it, counted from the base. */
function layerText({ locations: [first] }: Package, diffIds: readonly string[]): string {
  if (first === undefined) return '';
  return `${first.introducedBy + 1} ${shortDigest(diffIds[first.introducedBy] ?? '')}`;
}
