import type { FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { linkTarget } from '../../../core/paths.ts';
import { claimCollector } from '../package-database/claims.ts';
import { present } from '../package-database/present.ts';
import { eachLine } from '../package-database/text.ts';
import { first, readHeaders } from './metadata.ts';

/** The largest known lists some ten thousand files in a MB. */
const MAX_LIST_BYTES = 4 << 20;

/**
 * Files that a distribution's RECORD lists, relative to the directory that holds the `.dist-info`.
 * Source: the recording-installed-projects specification of the Python packaging guide (PEP 376).
 */
export function readRecord(file: LayerFile): FactContent {
  return claim(file, parentOf(parentOf(file.path)), firstCsvField, 'METADATA');
}

/** Files that pip listed for an egg installed the old way, relative to the `.egg-info` itself. */
export function readInstalledFiles(file: LayerFile): FactContent {
  return claim(file, parentOf(file.path), (line) => line, 'PKG-INFO');
}

function claim(
  file: LayerFile,
  base: string,
  pathOf: (line: string) => string,
  metadataName: string,
): FactContent {
  const owner = ownerOf(file, metadataName);
  const files = claimCollector();
  const link = base === '' ? '.' : `${base}/.`;
  const cut = eachLine(file, MAX_LIST_BYTES, (line) => {
    if (line === '' || files.isFull()) return;
    const path = pathOf(line.endsWith('\r') ? line.slice(0, -1) : line);
    // What Python compiles at will is nobody's evidence, and would double the list.
    if (path === '' || path.endsWith('.pyc')) return;
    const resolved = linkTarget(link, path);
    if (resolved !== undefined) files.add(owner, resolved);
  });
  const claims = files.claims();
  return {
    ...(claims.length > 0 && { claims }),
    ...present({ truncated: cut ?? files.truncated() }),
  };
}

/** The name as its metadata spells it, when that lies in the same layer; else as the directory does. */
function ownerOf(file: LayerFile, metadataName: string): string {
  const metadata = file.sibling(metadataName);
  const name = metadata === undefined ? undefined : first(readHeaders(metadata).headers, 'name');
  return name ?? parentOf(file.path).split('/').pop()?.split('-')[0] ?? '';
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Quoted fields double the quotes inside. */
function firstCsvField(line: string): string {
  if (!line.startsWith('"')) return line.split(',', 1)[0] ?? '';
  return /^"((?:[^"]|"")*)"/.exec(line)?.[1]?.replaceAll('""', '"') ?? '';
}
