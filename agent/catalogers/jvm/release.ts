import type { PackageRecord } from '../../../core/facts.ts';

/** In order of how precisely they name the build; `JAVA_VERSION` alone lacks it. */
const VERSION_KEYS = ['FULL_VERSION', 'JAVA_RUNTIME_VERSION', 'SEMANTIC_VERSION', 'JAVA_VERSION'];

const MAX_VENDOR_LENGTH = 200;

/** What makers write who do not say who they are. */
const NOBODY = new Set(['n/a', 'private build', 'undefined-vendor', 'unknown']);

/** Forms of company, no part of a name. */
const COMPANY = /(?:,?\s+(?:inc|corporation|corp|ltd|llc|gmbh|se|s\.r\.o)|\.com)\.?(?=\s|$)/gi;

/**
 * The runtime that a `release` file describes; undefined when it is some other file of that name.
 * A generic package: `jdk` or `jre`, of its maker as name space.
 * Source: JEP 223 and the file that the makefiles of OpenJDK write; IMAGE_TYPE and FULL_VERSION are Eclipse Temurin's.
 */
export function readRelease(text: string, path: string): PackageRecord | undefined {
  const values = parseValues(text);
  if (!isVersion(values.get('JAVA_VERSION'))) return undefined;
  const version = VERSION_KEYS.map((key) => values.get(key)).find(isVersion) ?? '';
  const vendor = (values.get('IMPLEMENTOR') ?? '').slice(0, MAX_VENDOR_LENGTH);
  const namespace = nameOfVendor(vendor);
  const architecture = values.get('OS_ARCH');
  return {
    type: 'generic',
    ...(namespace !== '' && { namespace }),
    name: isDevelopmentKit(values, path) ? 'jdk' : 'jre',
    version,
    ...(architecture !== undefined && { architecture }),
    ...(namespace !== '' && { vendor }),
  };
}

/** Lines of `KEY="value"`. */
function parseValues(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf('=');
    const value = line
      .slice(equals + 1)
      .replaceAll('"', '')
      .trim();
    if (equals > 0 && value !== '') values.set(line.slice(0, equals), value);
  }
  return values;
}

function isVersion(text: string | undefined): text is string {
  return text !== undefined && /^\d[\w.+-]{0,99}$/.test(text);
}

/** Its maker says so, or else its directory, or else whether it holds the compiler; before modules, it mostly was one. */
function isDevelopmentKit(values: ReadonlyMap<string, string>, path: string): boolean {
  const type = values.get('IMAGE_TYPE')?.toUpperCase();
  if (type === 'JDK' || type === 'JRE') return type === 'JDK';
  if (/(?:^|[/_-])jre(?:[/_.-]|\d)/i.test(path)) return false;
  const modules = values.get('MODULES')?.split(/[\s,]+/);
  return modules === undefined || modules.includes('jdk.compiler');
}

function nameOfVendor(vendor: string): string {
  const plain = vendor.toLowerCase();
  if (NOBODY.has(plain)) return '';
  if (plain.includes('international business machines')) return 'ibm';
  return plain
    .replace(COMPANY, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
