import type { PackageType } from './facts.ts';
import type { Purl } from './purl.ts';
import { parsePurl, PurlError } from './purl.ts';
import { versionOrder } from './versions/index.ts';

/** One condition on a version. */
export interface VersionBound {
  readonly operator: '<' | '<=' | '=' | '>=' | '>';
  readonly version: string;
}

/** Conditions that must all hold. Empty: any version, known or not. */
export type VersionRange = readonly VersionBound[];

/** What a person asks for with "where does it run?". */
export type PackageQuery =
  /** By package URL: see `matchesPurl`. Its version, if it has one, is exact; then `range` is empty. */
  | { readonly kind: 'purl'; readonly purl: Purl; readonly range: VersionRange }
  /** By full name, in any ecosystem: `openssl`, `@scope/name`, `golang.org/x/net`. */
  | { readonly kind: 'name'; readonly name: string; readonly range: VersionRange };

/** A query that cannot be understood; the message shows how to write it. */
export class QueryError extends Error {
  readonly code: 'name' | 'purl' | 'range';

  constructor(code: QueryError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'QueryError';
    this.code = code;
  }
}

const EXAMPLES = 'write it as in "openssl", "openssl@3.0.11", "lodash >=4.0 <4.17.21" or "pkg:npm/lodash"';
const MAX_QUERY_LENGTH = 2000;

/**
 * Reads a query: a name or a package URL, then maybe bounds, separated by spaces or commas or nothing.
 * `name@version` and `name=version` ask for exactly that version. Throws `QueryError`.
 */
export function parseQuery(text: string): PackageQuery {
  const query = text.trim();
  if (query.length > MAX_QUERY_LENGTH)
    throw new QueryError('name', `a query has at most ${MAX_QUERY_LENGTH} characters`);
  if (/^pkg:/i.test(query)) return parsePurlQuery(query);
  const name = /^@?[^\s,<>=@!^]+/.exec(query)?.[0];
  if (name === undefined) throw new QueryError('name', `a query begins with a package's name: ${EXAMPLES}`);
  return { kind: 'name', name, range: parseBounds(query.slice(name.length), query) };
}

function parsePurlQuery(query: string): PackageQuery {
  const length = query.search(/[\s,<>]/);
  const text = length < 0 ? query : query.slice(0, length);
  const range = parseBounds(query.slice(text.length), query);
  const purl = readPurl(text);
  if (purl.version !== undefined && range.length > 0) {
    throw new QueryError(
      'range',
      `"${query}" gives a version and a range: leave out "@${purl.version}" or the range`,
    );
  }
  return { kind: 'purl', purl, range };
}

function readPurl(text: string): Purl {
  try {
    return parsePurl(text);
  } catch (error) {
    if (error instanceof PurlError) throw new QueryError('purl', error.message, error);
    throw error;
  }
}

function parseBounds(text: string, query: string): VersionRange {
  const bound = /[\s,]*(<=|>=|<|>|==?|@)\s*([^\s,<>=@]+)/y;
  const range: VersionBound[] = [];
  const length = text.trimEnd().length;
  while (bound.lastIndex < length) {
    const start = bound.lastIndex;
    const match = bound.exec(text);
    if (match === null) {
      throw new QueryError(
        'range',
        `cannot read "${text.slice(start).trim()}" in "${query}" as a version range: ${EXAMPLES}`,
      );
    }
    range.push({ operator: operatorOf(match[1] ?? ''), version: match[2] ?? '' });
  }
  return range;
}

function operatorOf(text: string): VersionBound['operator'] {
  return text === '<' || text === '<=' || text === '>' || text === '>=' ? text : '=';
}

/**
 * Whether a version fulfils a person's range. An unknown version (the empty text) fulfils no bound.
 *
 * People write upstream versions: a bound without an epoch ignores the package's epoch, one without a Debian
 * revision, rpm release or apk `-r` ignores that too, so that `openssl<=3.0.11` holds for `1:3.0.11-1~deb12u2`.
 * This is for questions; advisories name exact versions and are compared by `versionOrder` alone.
 *
 * `version` of an rpm carries its epoch, if any, in front: `1:3.0.7-27.el9`.
 */
export function inRange(type: PackageType, version: string, range: VersionRange): boolean {
  if (range.length === 0) return true;
  if (version === '') return false;
  return range.every((bound) => holds(type, version, bound));
}

function holds(type: PackageType, version: string, bound: VersionBound): boolean {
  const order = versionOrder(type)(asPreciseAs(type, version, bound.version), bound.version);
  switch (bound.operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
  }
}

function asPreciseAs(type: PackageType, version: string, bound: string): string {
  if (type === 'apk') return /-r\d+$/.test(bound) ? version : version.replace(/-r\d+$/, '');
  if (type !== 'deb' && type !== 'rpm') return version;
  const withEpoch = /^\d+:/.test(bound) ? version : version.replace(/^\d+:/, '');
  const revision = bound.includes('-') ? -1 : withEpoch.lastIndexOf('-');
  return revision < 0 ? withEpoch : withEpoch.slice(0, revision);
}
