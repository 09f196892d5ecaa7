import type { DescriptorPlace } from './place.ts';

/** Where Maven keeps a package. */
export interface Coordinates {
  readonly group: string;
  readonly artifact: string;
  /** Empty when unknown. */
  readonly version: string;
}

const MAX_LENGTH = 200;

/**
 * Reads what Maven writes beside the pom.xml it packs: `groupId`, `artifactId` and `version`.
 * A group or artifact that is missing or no proper one is taken from the directories.
 */
export function readPomProperties(
  text: string,
  { group, artifact }: Pick<DescriptorPlace, 'group' | 'artifact'>,
): Coordinates | undefined {
  const properties = parseProperties(text);
  return coordinates({
    group: validName(properties.get('groupId')) ?? group,
    artifact: validName(properties.get('artifactId')) ?? artifact,
    version: properties.get('version') ?? '',
  });
}

/** The coordinates if Maven would take them; a version that it would not take is left out. */
export function coordinates({ group, artifact, version }: Coordinates): Coordinates | undefined {
  if (validName(group) === undefined || validName(artifact) === undefined) return undefined;
  return { group, artifact, version: validVersion(version) ?? '' };
}

/** Source: Maven's model validation, "id" and "version". */
function validName(name: string | undefined): string | undefined {
  return name !== undefined && name.length <= MAX_LENGTH && /^[\w.-]+$/.test(name) ? name : undefined;
}

export function validVersion(version: string): string | undefined {
  return version.length <= MAX_LENGTH && /^[^\\/:"<>|?*${}\s[\](),]+$/.test(version) ? version : undefined;
}

/**
 * The properties of a file of Java: comments begin with `#` or `!`; a key ends at `=`, `:` or white space. Escapes and
 * lines that go on are not read: no coordinate needs them.
 */
function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^[ \t\f]*([^#!\s=:][^\s=:]*)(?:[ \t\f]*[=:])?(.*)$/s.exec(line);
    if (match !== null) properties.set(match[1] ?? '', (match[2] ?? '').trim());
  }
  return properties;
}
