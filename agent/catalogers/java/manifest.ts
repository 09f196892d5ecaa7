/** Attributes of a manifest's main section, names in lower case. */
export type Manifest = ReadonlyMap<string, string>;

export const NO_MANIFEST: Manifest = new Map();

/** Real values hold lists of packages with all they use; what names the archive is short. */
const MAX_VALUE_LENGTH = 4096;

/**
 * Reads the main section: up to the first blank line. Lines end in CR LF, LF or CR; a line that begins with a space goes
 * on with the one before. What is no attribute is skipped; of two of one name the last counts, as for Java.
 * Source: the JAR file specification, "JAR manifest".
 */
export function parseManifest(text: string): Manifest {
  const attributes = new Map<string, string>();
  let name = '';
  for (const line of mainSection(text)) {
    if (line.startsWith(' ')) {
      const value = attributes.get(name);
      if (value !== undefined && value.length < MAX_VALUE_LENGTH) attributes.set(name, value + line.slice(1));
      continue;
    }
    const colon = line.indexOf(':');
    name = colon > 0 ? line.slice(0, colon).toLowerCase() : '';
    if (name !== '') attributes.set(name, line.slice(colon + 1).replace(/^ /, ''));
  }
  return attributes;
}

/** Whether a text that begins a manifest holds all of its main section. */
export function hasMainSection(text: string): boolean {
  return endOfSection(text) < text.length;
}

function mainSection(text: string): readonly string[] {
  return text.slice(0, endOfSection(text)).split(/\r\n|\r|\n/);
}

function endOfSection(text: string): number {
  const blank = /(?:\r\n|\n|\r(?!\n)){2}/.exec(text);
  return blank?.index ?? text.length;
}

/**
 * An attribute; undefined when it is absent, empty or a variable that the build left unresolved
 * (`${project.version}`, `%bundle.name`).
 */
export function attribute(manifest: Manifest, name: string): string | undefined {
  const value = manifest.get(name.toLowerCase())?.trim() ?? '';
  return value === '' || value.includes('${') || value.startsWith('%') ? undefined : value;
}
