import { zstdDecompressSync } from 'node:zlib';
import type { Cataloger, FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { isObject, textOf, textsOf, type JsonObject } from '../package-database/json.ts';
import { present } from '../package-database/present.ts';
import { linesOf } from '../package-database/text.ts';

const PLACE = 'var/lib/chisel/manifest.wall';
/** A full Java image has 40 KB of 600 KB. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** Debian packages of Ubuntu of which Chisel cut slices, and which files each slice has. */
export const chisel: Cataloger = {
  id: 'chisel',
  version: 1,
  candidates: { basenames: ['manifest.wall'], accepts: (path) => path === PLACE },
  parse,
};

/**
 * Reads a manifest: JSON objects, one a line, packed with zstd. What a line is says its `kind`.
 * Source: Chisel's documentation, "Chisel manifest" and "jsonwall".
 */
function parse(file: LayerFile): FactContent {
  if (file.size > MAX_BYTES) return { truncated: `not read: larger than ${MAX_BYTES} bytes` };
  if (file.size === 0) return {};
  const packages: PackageRecord[] = [];
  const files = claimCollector();
  for (const line of linesOf(unpacked(file))) {
    const entry: unknown = line.trim() === '' ? undefined : JSON.parse(line);
    if (!isObject(entry)) continue;
    if (entry['kind'] === 'package') {
      const record = recordOf(entry);
      if (record !== undefined) packages.push(record);
    } else if (entry['kind'] === 'path') {
      const path = textOf(entry['path']) ?? '';
      if (!path.endsWith('/')) for (const owner of ownersOf(entry)) files.add(owner, path);
    }
  }
  return { packages, claims: files.claims(), ...present({ truncated: files.truncated() }) };
}

function unpacked(file: LayerFile): string {
  try {
    const bytes = zstdDecompressSync(file.read(0, file.size), { maxOutputLength: MAX_UNPACKED_BYTES });
    return new TextDecoder().decode(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the manifest cannot be unpacked: ${why}`, { cause });
  }
}

function recordOf(entry: JsonObject): PackageRecord | undefined {
  const name = textOf(entry['name']);
  const version = textOf(entry['version']);
  if (name === undefined || version === undefined) return undefined;
  return { type: 'deb', name, version, ...present({ architecture: textOf(entry['arch']) }) };
}

/** Slices are named `package_slice`; several of one package may share a path. */
function ownersOf(entry: JsonObject): ReadonlySet<string> {
  return new Set(textsOf(entry['slices']).map((slice) => slice.split('_', 1)[0] ?? ''));
}
