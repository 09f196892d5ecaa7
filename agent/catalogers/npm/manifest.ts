import type { PackageRecord } from '../../../core/facts.ts';
import type { ManifestPlace } from './place.ts';

/** Names that npm ever allowed: URL-safe, not hidden. Capitals were allowed once and are still installed. */
const NAME_PATTERN = /^(?:(@[\w.~!'()*-]+)\/)?([\w~!'()*-][\w.~!'()*-]*)$/;
const MAX_NAME_LENGTH = 214;
/** Semantic versions, and those of old without the dash before the pre-release. */
const VERSION_PATTERN = /^\d+\.\d+\.\d+(?:[-+]?[0-9A-Za-z-][0-9A-Za-z.+-]*)?$/;
const MAX_VERSION_LENGTH = 256;

/**
 * Reads a parsed package.json. Undefined when it names no npm package: no valid name or version
 * (such as `{ "type": "module" }`), or a package of the Unity editor, whose manifests bear the same file name.
 * Source: npm's package.json manual page.
 */
export function readManifest(manifest: unknown, place: ManifestPlace): PackageRecord | undefined {
  if (!isObject(manifest) || isUnity(manifest)) return undefined;
  const { name, version } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string') return undefined;
  const named = npmName(name);
  const release = npmVersion(version);
  if (named === undefined || release === undefined) return undefined;
  const licenses = readLicenses(manifest);
  if (place === 'application' && isExtension(manifest))
    return extensionRecord(manifest['publisher'], { name: named.name, version: release, licenses });
  const dependencies = ['dependencies', 'optionalDependencies'].flatMap((field) =>
    isObject(manifest[field]) ? Object.keys(manifest[field]) : [],
  );
  return {
    type: 'npm',
    ...named,
    version: release,
    ...(licenses.length > 0 && { licenses }),
    ...(place === 'application' && { role: place }),
    ...(dependencies.length > 0 && { dependencies: [...new Set(dependencies)] }),
  };
}

/**
 * An extension of an editor has a name among its publisher's, which is another's on npm: those that Visual Studio Code
 * brings along are called `git`, `css` and `json`. Source: its extension manifest.
 */
function isExtension({ engines }: Record<string, unknown>): boolean {
  return isObject(engines) && typeof engines['vscode'] === 'string';
}

function extensionRecord(
  publisher: unknown,
  { licenses, ...identity }: Required<Pick<PackageRecord, 'name' | 'version' | 'licenses'>>,
): PackageRecord {
  const isNamed = typeof publisher === 'string' && /^[\w.-]{1,214}$/.test(publisher);
  return {
    type: 'generic',
    ...(isNamed && { namespace: publisher }),
    ...identity,
    ...(licenses.length > 0 && { licenses }),
  };
}

/** The parts of a package's name; undefined for what npm would never have taken. */
export function npmName(name: string): { readonly namespace?: string; readonly name: string } | undefined {
  const match = name.length <= MAX_NAME_LENGTH ? NAME_PATTERN.exec(name) : null;
  if (match === null) return undefined;
  const [, scope, bareName = ''] = match;
  return { ...(scope !== undefined && { namespace: scope }), name: bareName };
}

/** The version without what may stand before it; undefined for what is none. */
export function npmVersion(version: string): string | undefined {
  const release = version.length <= MAX_VERSION_LENGTH ? version.replace(/^[v=\s]+/, '').trimEnd() : '';
  return VERSION_PATTERN.test(release) ? release : undefined;
}

/** `license` as text, or in the forms of old: an object with a type, or a list of either under either key. */
function readLicenses({ license, licenses }: Record<string, unknown>): readonly string[] {
  return [license, licenses]
    .flat()
    .map((one) => (isObject(one) ? (one['type'] ?? one['name']) : one))
    .filter((one) => typeof one === 'string')
    .filter((one) => one.trim() !== '');
}

function isUnity({ name, unity }: Record<string, unknown>): boolean {
  return typeof unity === 'string' || (typeof name === 'string' && name.startsWith('com.unity.'));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
