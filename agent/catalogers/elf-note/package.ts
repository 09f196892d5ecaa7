import type { PackageRecord, PackageType } from '../../../core/facts.ts';

/** Formats of packages, as notes call them. Others are programs of somebody's own. */
const TYPES: ReadonlyMap<string, PackageType> = new Map([
  ['alpm', 'alpm'],
  ['apk', 'apk'],
  ['deb', 'deb'],
  ['ebuild', 'ebuild'],
  ['ipk', 'opkg'],
  ['opkg', 'opkg'],
  ['pacman', 'alpm'],
  ['portage', 'ebuild'],
  ['rpm', 'rpm'],
]);

/** What the platform enumeration calls a distribution, and what os-release does, where these differ. */
const PRODUCTS: ReadonlyMap<string, string> = new Map([
  ['alpine_linux', 'alpine'],
  ['amazon_linux', 'amzn'],
  ['debian_linux', 'debian'],
  ['enterprise_linux', 'rhel'],
  ['leap', 'opensuse-leap'],
  ['tumbleweed', 'opensuse-tumbleweed'],
  ['ubuntu_linux', 'ubuntu'],
]);

/** Older macros of Fedora end the version with it. */
const RPM_ARCHITECTURE = /\.(aarch64|armv7hl|i[3-6]86|noarch|ppc64le|riscv64|s390x|x86_64)$/;

const MAX_LENGTH = 200;

/**
 * Reads a package note: which source package of which distribution a file was built from.
 * Throws when the text is no such note, or names no package.
 * Source: the UAPI group's "ELF Package Metadata".
 */
export function readPackage(text: string): PackageRecord {
  const note: unknown = JSON.parse(text);
  const field = (key: string): string | undefined => stringField(note, key);
  const name = field('name');
  if (name === undefined) throw new Error('the package note names no package');
  const type = TYPES.get(field('type')?.toLowerCase() ?? '') ?? 'generic';
  const stated = field('version') ?? '';
  const ending = type === 'rpm' ? RPM_ARCHITECTURE.exec(stated) : null;
  const architecture = field('architecture') ?? ending?.[1];
  const distribution = distributionOf(field('os'), field('osVersion'), field('osCpe'));
  const license = field('license');
  const vendor = field('vendor');
  return {
    type,
    name,
    version: ending === null ? stated : stated.slice(0, ending.index),
    ...(architecture !== undefined && { architecture }),
    ...(license !== undefined && { licenses: [license] }),
    ...(vendor !== undefined && { vendor }),
    ...(type !== 'generic' && distribution !== undefined && { distribution }),
  };
}

/** By name and version as in os-release, or else by the platform enumeration: `cpe:/o:fedoraproject:fedora:40`. */
function distributionOf(
  os: string | undefined,
  version: string | undefined,
  cpe: string | undefined,
): PackageRecord['distribution'] {
  if (os !== undefined) return { id: os.toLowerCase(), ...(version !== undefined && { version }) };
  const [, product = '', release] =
    /^cpe:(?:\/|2\.3:)o:[^:]*:([^:]+)(?::([^:*-][^:]*))?/.exec(cpe ?? '') ?? [];
  if (product === '') return undefined;
  return { id: PRODUCTS.get(product) ?? product, ...(release !== undefined && { version: release }) };
}

function stringField(note: unknown, key: string): string | undefined {
  if (typeof note !== 'object' || note === null || !Object.hasOwn(note, key)) return undefined;
  const value = (note as Record<string, unknown>)[key];
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text.length > MAX_LENGTH ? undefined : text;
}
