import type { OsRelease, PackageRecord } from './facts.ts';

/**
 * A package URL in its parts, decoded and normalised for its type.
 * Source: ECMA-427 (package-url/purl-spec), clause 5, and the type definitions of that project.
 */
export interface Purl {
  /** Lower-case, such as `deb`. Any valid type, not only those tallyman catalogues. */
  readonly type: string;
  /** Segments joined by `/`; npm scopes keep their `@`. */
  readonly namespace?: string;
  readonly name: string;
  readonly version?: string;
  /** Never holds an empty value. */
  readonly qualifiers: Readonly<Record<string, string>>;
  readonly subpath?: string;
}

/** A text that is no package URL, or parts that make none. The message quotes what is wrong. */
export class PurlError extends Error {
  readonly code: 'scheme' | 'type' | 'name' | 'qualifier' | 'encoding';

  constructor(code: PurlError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'PurlError';
    this.code = code;
  }
}

const TYPE_PATTERN = /^[a-z][a-z0-9.-]*$/;
const QUALIFIER_KEY_PATTERN = /^[a-z][a-z0-9._-]*$/;

const PLAIN = /^[A-Za-z0-9.\-_~:]*$/;

/** Types whose definition folds the case of both namespace and name. rpm folds its namespace only. */
const CASELESS: ReadonlySet<string> = new Set([
  'alpm',
  'apk',
  'bitbucket',
  'bitnami',
  'brew',
  'composer',
  'deb',
  'github',
  'golang',
  'hex',
  'luarocks',
  'npm',
  'otp',
  'pub',
]);

/** Types whose definition wants a namespace, which evidence may lack. Go's is not among them: its `stdlib` has none. */
const NAMESPACED: ReadonlySet<string> = new Set(['composer', 'cpan', 'github', 'maven', 'swift']);

/** Types whose definition forbids a namespace. */
const BARE: ReadonlySet<string> = new Set([
  'bitnami',
  'cargo',
  'cocoapods',
  'conda',
  'cran',
  'gem',
  'hackage',
  'julia',
  'nuget',
  'opam',
  'otp',
  'pub',
  'pypi',
  'vcpkg',
]);

/** What npm has ever taken, in the days of capitals included. Source: npm's package validate-npm-package-name. */
const NPM_NAME = /^[A-Za-z0-9\-!~*'()][A-Za-z0-9\-_.!~*'()]*$/;
const NPM_SCOPE = /^@[A-Za-z0-9\-_.!~*'()]+$/;

/** Types of packages that belong to a distribution, which their purl names. */
const OF_DISTRIBUTION: ReadonlySet<string> = new Set(['alpm', 'apk', 'deb', 'opkg', 'rpm']);

/**
 * Reads a package URL, canonical or not: `pkg://` and letter case are accepted as the specification wants,
 * and so is an npm scope with a bare `@`.
 * Throws `PurlError`.
 */
export function parsePurl(text: string): Purl {
  const [beforeSubpath, subpath] = splitLast(text.trim(), '#');
  const [beforeQualifiers, qualifiers] = splitLast(beforeSubpath, '?');
  const scheme = /^pkg:\/*/i.exec(beforeQualifiers);
  if (scheme === null) {
    throw new PurlError(
      'scheme',
      `not a package URL: ${quoted(text)} must begin with "pkg:", as in "pkg:npm/lodash"`,
    );
  }
  const path = beforeQualifiers.slice(scheme[0].length);
  const slash = path.indexOf('/');
  if (slash < 0) {
    throw new PurlError(
      'type',
      `package URL ${quoted(text)} must have a type and a name, as in "pkg:npm/lodash"`,
    );
  }
  const [names, version] = splitVersion(path.slice(slash + 1));
  const segments = names.split('/').filter((segment) => segment !== '');
  const name = version !== '' && names.endsWith('/') ? undefined : segments.pop();
  return normalized({
    type: path.slice(0, slash),
    namespace: decodedPath(segments, text),
    name: name === undefined ? '' : decoded(name, text),
    version: decoded(version, text),
    qualifiers: parseQualifiers(qualifiers, text),
    subpath: decodedPath(subpath.split('/'), text),
  });
}

/** Writes the canonical form. Throws `PurlError` for a missing name, a bad type or a bad qualifier key. */
export function formatPurl(purl: Purl): string {
  const { type, namespace, name, version, qualifiers, subpath } = normalized(purl);
  let text = `pkg:${type}/`;
  if (namespace !== undefined) text += `${encodedPath(namespace)}/`;
  text += encoded(name);
  if (version !== undefined) text += `@${encoded(version)}`;
  const pairs = Object.keys(qualifiers)
    .sort()
    .map((key) => `${key}=${encoded(qualifiers[key] ?? '')}`);
  if (pairs.length > 0) text += `?${pairs.join('&')}`;
  if (subpath !== undefined) text += `#${encodedPath(subpath)}`;
  return text;
}

/**
 * The canonical package URL of a record in an image of this OS release.
 *
 * Namespace of OS packages: the distribution's os-release id, lower-case, with two names that the rest of the
 * world spells otherwise: `rhel` is `redhat`, `opensuse-leap` and its sisters are `opensuse`. In an image without
 * os-release it is `debian` for deb, `alpine` for apk, `arch` for alpm, and left out for rpm and opkg, whose vendors
 * are many.
 *
 * Qualifiers, by general practice: `arch`; `distro` as id-version; `epoch` for rpm, when its header has one;
 * `upstream` as source or source@version, for OS packages built from a source of another name or version;
 * `checksum` of a package that only its bytes identify; and those that the record brings along.
 *
 * Types that need a namespace (Maven's group, Composer's vendor, CPAN's author) give a generic purl without one, and so
 * do types that must have none with one, a Perl module's name, which is no distribution's, a name that npm would not take,
 * and a Julia package without its UUID.
 * A Nix package is named as nixpkgs': the name of a path in the store does not say from which collection it was built.
 *
 * Throws `PurlError` when the record's name is empty, and for nothing else.
 */
export function purlOf(record: PackageRecord, imageRelease: OsRelease | undefined): string {
  const release = releaseOf(record) ?? imageRelease;
  const ofSystem = OF_DISTRIBUTION.has(record.type);
  const qualifiers: Record<string, string> = { ...validQualifiers(record), arch: record.architecture ?? '' };
  if (ofSystem) {
    qualifiers['distro'] = distroOf(release);
    // opkg's database has no sources: only some of the places that tell of a package name its own.
    if (record.type !== 'opkg') qualifiers['upstream'] = upstreamOf(record);
  }
  if (record.epoch !== undefined) qualifiers['epoch'] = String(record.epoch);
  if (record.sha1 !== undefined) qualifiers['checksum'] = `sha1:${record.sha1}`;
  return formatPurl({
    type: typeOf(record),
    namespace: ofSystem ? vendorOf(record.type, release) : (record.namespace ?? defaultNamespace(record)),
    name: record.name,
    version: record.version,
    qualifiers,
  });
}

/**
 * Whether `candidate` is what `query` asks for: type, namespace and name are equal;
 * version, subpath and each qualifier only where the query gives one.
 */
export function matchesPurl(query: Purl, candidate: Purl): boolean {
  if (query.type !== candidate.type || (query.namespace ?? '') !== (candidate.namespace ?? '')) return false;
  if (comparableName(query.type, query.name) !== comparableName(candidate.type, candidate.name)) return false;
  if (query.version !== undefined && query.version !== candidate.version) return false;
  if (query.subpath !== undefined && query.subpath !== candidate.subpath) return false;
  return Object.entries(query.qualifiers).every(([key, value]) => candidate.qualifiers[key] === value);
}

/**
 * A name in the form by which its ecosystem tells names apart: two spellings of one package give the same text.
 * Python's: runs of `-`, `_` and `.` are one (PEP 503).
 */
export function comparableName(type: string, name: string): string {
  if (type === 'pypi') return name.toLowerCase().replace(/[-_.]+/g, '-');
  return CASELESS.has(type) ? name.toLowerCase() : name;
}

function normalized(parts: Purl): Purl {
  const type = parts.type.toLowerCase();
  if (!TYPE_PATTERN.test(type)) {
    throw new PurlError(
      'type',
      `${quoted(parts.type)} is no package type: letters, digits, "." and "-", a letter first`,
    );
  }
  const name = normalizedName(type, trimSlashes(parts.name));
  if (name === '') throw new PurlError('name', `a package URL of type ${type} must have a name`);
  const namespace = cleanPath(parts.namespace);
  const subpath = cleanPath(parts.subpath, true);
  return {
    type,
    ...(namespace !== '' && { namespace: normalizedNamespace(type, namespace) }),
    name,
    ...(parts.version && { version: type === 'pypi' ? parts.version.toLowerCase() : parts.version }),
    qualifiers: normalizedQualifiers(Object.entries(parts.qualifiers)),
    ...(subpath !== '' && { subpath }),
  };
}

/** Authors on CPAN go by names in capitals. */
function normalizedNamespace(type: string, namespace: string): string {
  if (type === 'cpan') return namespace.toUpperCase();
  return CASELESS.has(type) || type === 'rpm' ? namespace.toLowerCase() : namespace;
}

function normalizedName(type: string, name: string): string {
  if (type === 'pub') return name.toLowerCase().replaceAll('-', '_');
  return comparableName(type, name);
}

function normalizedQualifiers(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [given, value] of pairs) {
    const key = given.toLowerCase();
    if (!QUALIFIER_KEY_PATTERN.test(key)) {
      throw new PurlError(
        'qualifier',
        `${quoted(given)} is no qualifier key: letters, digits, ".", "-" and "_", a letter first`,
      );
    }
    if (Object.hasOwn(result, key))
      throw new PurlError('qualifier', `qualifier ${quoted(key)} is given twice`);
    if (value !== '') result[key] = value;
  }
  return result;
}

function parseQualifiers(text: string, whole: string): Record<string, string> {
  const pairs = text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals >= 0) return [pair.slice(0, equals), decoded(pair.slice(equals + 1), whole)] as const;
      throw new PurlError(
        'qualifier',
        `qualifier ${quoted(pair)} of ${quoted(whole)} must be written key=value`,
      );
    });
  return normalizedQualifiers(pairs);
}

function cleanPath(path: string | undefined, relative = false): string {
  if (path === undefined || path === '') return '';
  const dropped = relative ? ['', '.', '..'] : [''];
  return path
    .split('/')
    .filter((segment) => !dropped.includes(segment))
    .join('/');
}

/** A text of slashes alone stays as it is, so that whatever has a name has a purl. */
function trimSlashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === '/') start += 1;
  while (end > start && text[end - 1] === '/') end -= 1;
  return start === end ? text : text.slice(start, end);
}

function splitLast(text: string, separator: string): readonly [string, string] {
  const at = text.lastIndexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** The last `@` starts the version, unless it starts a segment that others follow: a scope, as in `@babel/core`. */
function splitVersion(path: string): readonly [string, string] {
  const at = path.lastIndexOf('@');
  const startsSegment = at === 0 || path[at - 1] === '/';
  return startsSegment && path.includes('/', at) ? [path, ''] : splitLast(path, '@');
}

function encodedPath(path: string): string {
  return path.split('/').map(encoded).join('/');
}

/** Clause 5.4: all but letters, digits and `.-_~:` is percent-encoded, `/` and `+` too. */
function encoded(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}

function decodedPath(segments: readonly string[], whole: string): string {
  const parts = segments.map((segment) => decoded(segment, whole));
  if (parts.some((part) => part.includes('/'))) {
    throw new PurlError('encoding', `${quoted(whole)} has an encoded "/" inside a segment; write it plainly`);
  }
  return parts.join('/');
}

function decoded(text: string, whole: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new PurlError(
      'encoding',
      `${quoted(whole)} has a "%" that starts no UTF-8 percent-encoding`,
      cause,
    );
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

function validQualifiers({ qualifiers = {} }: PackageRecord): Record<string, string> {
  return Object.fromEntries(Object.entries(qualifiers).filter(([key]) => QUALIFIER_KEY_PATTERN.test(key)));
}

function typeOf(record: PackageRecord): string {
  const { type, namespace } = record;
  const fits = namespace === undefined ? !NAMESPACED.has(type) : !BARE.has(type);
  return fits && isNamedAsItsType(record) ? type : 'generic';
}

function isNamedAsItsType({ type, name, namespace, qualifiers }: PackageRecord): boolean {
  if (type === 'cpan') return !name.includes('::');
  if (type === 'julia') return qualifiers?.['uuid'] !== undefined;
  if (type === 'npm') return NPM_NAME.test(name) && (namespace === undefined || NPM_SCOPE.test(namespace));
  return true;
}

function defaultNamespace({ type }: PackageRecord): string {
  return type === 'nix' ? 'nixpkgs' : '';
}

function vendorOf(type: PackageRecord['type'], release: Pick<OsRelease, 'id'> | undefined): string {
  const id = release?.id.toLowerCase() ?? '';
  if (id === 'rhel') return 'redhat';
  if (id.startsWith('opensuse')) return 'opensuse';
  if (id !== '') return id;
  if (type === 'deb') return 'debian';
  if (type === 'apk') return 'alpine';
  return type === 'alpm' ? 'arch' : '';
}

function releaseOf({ distribution }: PackageRecord): Pick<OsRelease, 'id' | 'versionId'> | undefined {
  if (distribution === undefined) return undefined;
  const { id, version } = distribution;
  return { id, ...(version !== undefined && { versionId: version }) };
}

function distroOf(release: Pick<OsRelease, 'id' | 'versionId' | 'versionCodename'> | undefined): string {
  if (release === undefined) return '';
  const version = release.versionId ?? release.versionCodename;
  return version === undefined ? release.id : `${release.id}-${version}`;
}

function upstreamOf({ name, version, source }: PackageRecord): string {
  if (source === undefined) return '';
  const sourceVersion = source.version ?? version;
  if (sourceVersion !== version) return `${source.name}@${sourceVersion}`;
  return source.name === name ? '' : source.name;
}
