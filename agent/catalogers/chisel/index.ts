import { zstdDecompressSync } from 'node:zlib';
import { databaseFolder } from '../../../core/database-places.ts';
import type { Cataloger, FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { isObject, textOf, textsOf, type JsonObject } from '../package-database/json.ts';
import { present } from '../package-database/present.ts';

/** A full Java image has 40 KB of 600 KB. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;
/** A path may have 4 KiB, and belong to some slices. */
const MAX_LINE_BYTES = 64 * 1024;
/** As many as of any other list of Debian packages. */
const MAX_PACKAGES = 50_000;
const LINE_FEED = 0x0a;

/** Debian packages of Ubuntu of which Chisel cut slices, and which files each slice has. */
export const chisel: Cataloger = {
  id: 'chisel',
  version: 3,
  candidates: {
    basenames: ['manifest.wall'],
    accepts: (path) => databaseFolder('chisel', path) !== undefined,
  },
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
  let hasLongLines = false;
  let hasMorePackages = false;
  for (const line of linesIn(unpacked(file))) {
    if (line.length > MAX_LINE_BYTES) {
      hasLongLines = true;
      continue;
    }
    const entry = entryOf(line);
    if (entry === undefined) continue;
    if (entry['kind'] === 'package') {
      const record = recordOf(entry);
      if (record === undefined) continue;
      if (packages.length === MAX_PACKAGES) hasMorePackages = true;
      else packages.push(record);
    } else if (entry['kind'] === 'path') {
      const path = textOf(entry['path']) ?? '';
      if (!path.endsWith('/')) for (const owner of ownersOf(entry)) files.add(owner, path);
    }
  }
  const cut = hasMorePackages ? `only the first ${MAX_PACKAGES} packages were read` : undefined;
  const left = hasLongLines ? `lines of more than ${MAX_LINE_BYTES} bytes were left out` : undefined;
  return { packages, claims: files.claims(), ...present({ truncated: cut ?? left ?? files.truncated() }) };
}

function unpacked(file: LayerFile): Uint8Array {
  try {
    return zstdDecompressSync(file.read(0, file.size), { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the manifest cannot be unpacked: ${why}`, { cause });
  }
}

function* linesIn(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found === -1 ? bytes.length : found;
    if (end > start) yield bytes.subarray(start, end);
    start = end + 1;
  }
}

function entryOf(line: Uint8Array): JsonObject | undefined {
  const text = new TextDecoder().decode(line);
  const entry: unknown = text.trim() === '' ? undefined : JSON.parse(text);
  return isObject(entry) ? entry : undefined;
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
