import type { FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { hasTooManyValues, isObject, readJson } from '../package-database/json.ts';
import { npmName, npmVersion } from './manifest.ts';

/** Several times the largest known, of a repository of hundreds of programs. */
const MAX_BYTES = 16 << 20;

/** Yarn's Plug'n'Play: the data beside the program, or within it. */
const FILES = /(?:^|\/)\.pnp\.(?:c?js|data\.json)$/;
const DATA_FILE = '.pnp.data.json';

/** Where the data begin and end within the program: text in quotes since Yarn 4, plain before. */
const QUOTED = 'RAW_RUNTIME_STATE =';
const PLAIN = 'return hydrateRuntimeState({';
const AFTER_PLAIN = '}, {basePath';
const QUOTE = 0x27;
const BACKSLASH = 0x5c;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

export const PNP_BASENAMES = ['.pnp.cjs', '.pnp.js', DATA_FILE];

/** Packages that lie packed in other packages are no programs' of the image. */
export function isPnp(path: string): boolean {
  return FILES.test(path) && !path.includes('node_modules/');
}

/**
 * Packages that Yarn installed without unpacking them: its loader finds each in a zip by this table, so the table is to
 * them what package.json is to others. What belongs to the repository itself has its package.json beside it.
 * Source: Yarn's Plug'n'Play specification.
 */
export function parsePnp(file: LayerFile): FactContent {
  const { value, ...cut } = file.path.endsWith(DATA_FILE) ? readJson(file, MAX_BYTES) : readInlined(file);
  const registry = isObject(value) ? value['packageRegistryData'] : undefined;
  if (!Array.isArray(registry)) return cut;
  const packages = new Map<string, PackageRecord>();
  for (const [name, versions] of pairsOf(registry)) {
    const named = typeof name === 'string' ? npmName(name) : undefined;
    if (named === undefined || !Array.isArray(versions)) continue;
    for (const [reference, location] of pairsOf(versions)) {
      const version = versionOf(reference);
      if (version === undefined) continue;
      const dependencies = dependenciesOf(location, name);
      // The same version for several sets of peers is one package.
      packages.set(`${String(name)}@${version}`, {
        type: 'npm',
        ...named,
        version,
        ...(dependencies.length > 0 && { dependencies }),
      });
    }
  }
  return { packages: [...packages.values()], ...cut };
}

function readInlined(file: LayerFile): { readonly value: unknown; readonly truncated?: string } {
  if (file.size > MAX_BYTES)
    return { value: undefined, truncated: `not read: larger than ${MAX_BYTES} bytes` };
  const program = Buffer.from(file.read(0, MAX_BYTES));
  const json = quotedData(program) ?? plainData(program);
  if (json === undefined) return { value: undefined };
  if (hasTooManyValues(json)) return { value: undefined, truncated: 'not read: more values than any has' };
  return { value: JSON.parse(new TextDecoder().decode(json)) };
}

/** What is in the quotes, without what escapes it there. A backslash before the end of a line stands for nothing. */
function quotedData(program: Buffer): Uint8Array | undefined {
  const named = program.indexOf(QUOTED);
  const start = named < 0 ? -1 : program.indexOf(QUOTE, named);
  if (start < 0) return undefined;
  const data = new Uint8Array(program.length - start);
  let length = 0;
  for (let at = start + 1; at < program.length && program[at] !== QUOTE; at += 1) {
    if (program[at] === BACKSLASH) {
      at += 1;
      if (program[at] === CARRIAGE_RETURN) at += 1;
      if (program[at] === LINE_FEED) continue;
    }
    data[length] = program[at] ?? 0;
    length += 1;
  }
  return data.subarray(0, length);
}

function plainData(program: Buffer): Uint8Array | undefined {
  const start = program.indexOf(PLAIN);
  const end = start < 0 ? -1 : program.indexOf(AFTER_PLAIN, start);
  return end < 0 ? undefined : program.subarray(start + PLAIN.length - 1, end + 1);
}

/**
 * The version that a reference stands for: `npm:1.2.3`, maybe with a place behind `::`, maybe patched, maybe for certain
 * peers. Empty for what came from elsewhere; undefined for the repository's own.
 */
function versionOf(reference: unknown): string | undefined {
  if (typeof reference !== 'string') return undefined;
  const plain = reference.replace(/^virtual:[0-9a-f]*#/, '');
  if (/^(?:workspace|link|portal):/.test(plain)) return undefined;
  const [, version = ''] = /^(?:patch:[^#]*@)?npm(?::|%3A)([^#:]+)/.exec(plain) ?? [];
  return npmVersion(version) ?? '';
}

/** Each package lists itself too. Under another name than its own comes what it is. */
function dependenciesOf(location: unknown, self: unknown): readonly string[] {
  const list = isObject(location) ? location['packageDependencies'] : undefined;
  const names = pairsOf(Array.isArray(list) ? list : []).flatMap(([name, target]) => {
    if (target === null) return [];
    const real = Array.isArray(target) ? (target[0] as unknown) : name;
    return typeof real === 'string' && real !== self ? [real] : [];
  });
  return [...new Set(names)];
}

function pairsOf(list: readonly unknown[]): readonly (readonly [unknown, unknown])[] {
  return list.flatMap((one) => (Array.isArray(one) ? [[one[0], one[1]] as const] : []));
}
