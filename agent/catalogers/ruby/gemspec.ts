import type { PackageRecord } from '../../../core/facts.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';

/** Gem::Specification::VALID_NAME_PATTERN. */
const NAME = /^[a-zA-Z0-9._-]+$/;
/** Gem::Version::VERSION_PATTERN. */
const VERSION = /^[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
/** Gems that run anywhere. */
const ANY_PLATFORM = 'ruby';
const MAX_LICENSES = 100;

/**
 * A Ruby string without interpolation, as RubyGems writes it: `"x".freeze`, `'x'`, `%q<x>`.
 * Bounds on all that repeats keep hostile programs from being searched for long.
 */
const STRING = String.raw`(?:%q<([^<>\n]{0,256})>|"((?:[^"\\\n]|\\.){0,256})"|'([^'\n]{0,256})')`;
const BLANKS = String.raw`[ \t]{0,64}`;
const ASSIGNMENT = new RegExp(
  `^${BLANKS}\\w{1,64}\\.(name|version|platform)${BLANKS}=${BLANKS}(?:Gem::Version\\.new\\(?${BLANKS})?${STRING}`,
  'gm',
);
const LICENSES = /^[ \t]{0,64}\w{1,64}\.licenses?[ \t]{0,64}=[ \t]{0,64}(\[[^\]\n]*\]|[^\n]*)/m;
const DEPENDENCY = new RegExp(
  String.raw`\.add_(runtime_|development_|)dependency${BLANKS}\(?${BLANKS}${STRING}`,
  'g',
);

interface Identity {
  readonly name: string;
  readonly version: string;
  readonly platform?: string | undefined;
}

/**
 * Reads a specification that RubyGems wrote. It is a Ruby program, which is not run: the comment that RubyGems itself
 * goes by comes first, then assignments of plain strings. Undefined when neither names a gem and its version.
 * Source: Gem::StubSpecification and Gem::Specification#to_ruby.
 */
export function readGemspec(text: string): PackageRecord | undefined {
  const found = readStub(text) ?? readAssignments(text);
  if (found === undefined || !NAME.test(found.name) || !VERSION.test(found.version)) return undefined;
  const { name, version, platform = ANY_PLATFORM } = found;
  return {
    type: 'gem',
    name,
    version,
    ...present({
      licenses: filled(readLicenses(text)),
      dependencies: filled(readDependencies(text)),
      qualifiers: platform === ANY_PLATFORM ? undefined : { platform },
    }),
  };
}

export function hasStub(text: string): boolean {
  return readStub(text) !== undefined;
}

/** `# stub: name version platform directories`, in the first lines. */
function readStub(text: string): Identity | undefined {
  for (const line of text.slice(0, 4096).split('\n', 4)) {
    const [, name, version, platform] = /^# stub: (\S+) (\S+) (\S+) /.exec(`${line} `) ?? [];
    if (name !== undefined && version !== undefined) return { name, version, platform };
  }
  return undefined;
}

function readAssignments(text: string): Identity | undefined {
  const values = new Map<string, string>();
  for (const match of text.matchAll(ASSIGNMENT)) {
    const [, field = ''] = match;
    if (!values.has(field)) values.set(field, stringIn(match.slice(2)));
  }
  const name = values.get('name');
  const version = values.get('version');
  if (name === undefined || version === undefined) return undefined;
  return { name, version, platform: values.get('platform') };
}

function readLicenses(text: string): readonly string[] {
  const list = LICENSES.exec(text)?.[1] ?? '';
  const licenses: string[] = [];
  for (const match of list.matchAll(new RegExp(STRING, 'g'))) {
    const license = stringIn(match.slice(1));
    if (license !== '') licenses.push(license);
    if (licenses.length >= MAX_LICENSES) break;
  }
  return licenses;
}

/**
 * What a gem needs to run. Specifications for very old readers name every dependency a second time,
 * with `add_dependency`, even those for development.
 */
function readDependencies(text: string): readonly string[] {
  const kinds = new Map<string, Set<string>>();
  for (const match of text.matchAll(DEPENDENCY)) {
    const name = stringIn(match.slice(2));
    if (!NAME.test(name)) continue;
    const known = kinds.get(name);
    if (known === undefined) kinds.set(name, new Set([match[1] ?? '']));
    else known.add(match[1] ?? '');
  }
  return [...kinds]
    .filter(([, kind]) => kind.has('runtime_') || !kind.has('development_'))
    .map(([name]) => name);
}

/** The one of the three forms that matched; only quotes and backslashes are ever escaped in what is read here. */
function stringIn(groups: readonly (string | undefined)[]): string {
  const [percent, double, single] = groups;
  return (percent ?? double?.replace(/\\(.)/g, '$1') ?? single ?? '').trim();
}
