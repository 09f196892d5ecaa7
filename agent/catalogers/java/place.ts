/** What a file of Java software is by its name. */
export type JavaPlace = 'archive' | 'properties';

/**
 * Zip archives that hold Java software: libraries and programs, and what application servers (war, ear, par, sar, rar),
 * NiFi (nar), Jenkins (hpi, jpi), Karaf (kar), Alfresco (far), Liferay (lpkg) and
 * ZAP (zap) deploy.
 */
export const ARCHIVE_SUFFIXES: readonly string[] = [
  '.jar',
  '.war',
  '.ear',
  '.par',
  '.sar',
  '.rar',
  '.nar',
  '.hpi',
  '.jpi',
  '.kar',
  '.far',
  '.lpkg',
  '.zap',
];

/** Archives of text for people and editors. */
const NOT_SOFTWARE = /-(?:test-)?(?:sources|javadoc)\.jar$/;

/** Tells whether the file or entry at `path` is an archive to look into. */
export function isArchive(path: string): boolean {
  return ARCHIVE_SUFFIXES.some((suffix) => path.endsWith(suffix)) && !NOT_SOFTWARE.test(path);
}

/**
 * Tells what the file at `path` is; undefined when it is no evidence. Properties count where they lie as in an archive:
 * those of one that was unpacked into the image.
 */
export function javaPlace(path: string): JavaPlace | undefined {
  if (isArchive(path)) return 'archive';
  return descriptorPlace(path)?.kind === 'properties' ? 'properties' : undefined;
}

/** What Maven says of a package in files of its own, and the coordinates that their directories bear. */
export interface DescriptorPlace {
  readonly kind: 'properties' | 'xml';
  readonly group: string;
  readonly artifact: string;
}

/** Tells whether `path` ends in `META-INF/maven/GROUP/ARTIFACT/pom.properties`, or `pom.xml` instead. */
export function descriptorPlace(path: string): DescriptorPlace | undefined {
  const match = /(?:^|\/)META-INF\/maven\/([^/]+)\/([^/]+)\/pom\.(properties|xml)$/.exec(path);
  if (match === null) return undefined;
  const [, group = '', artifact = '', kind] = match;
  return { kind: kind === 'xml' ? 'xml' : 'properties', group, artifact };
}
