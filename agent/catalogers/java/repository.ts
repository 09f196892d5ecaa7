import { coordinates, type Coordinates } from './pom-properties.ts';

/** Folders under which Maven and those who keep to its layout file each version of an artifact by its coordinates. */
const MAVEN = /(?:^|\/)(?:\.m2\/repository|maven-repo|maven2)\//;
/** Gradle's: `GROUP/ARTIFACT/VERSION/DIGEST/FILE`. */
const GRADLE = /(?:^|\/)caches\/modules-2\/files-2\.1\//;

/**
 * The coordinates that a file is kept under in a repository on disk, from which programs load it; undefined elsewhere, and
 * where the file is not named by artifact and version, as it then must be.
 * Sources: Maven's repository layout; Gradle's dependency cache.
 */
export function repositoryCoordinates(path: string): Coordinates | undefined {
  const inMaven = segmentsAfter(MAVEN, path);
  const inGradle = inMaven === undefined ? segmentsAfter(GRADLE, path) : undefined;
  const file = (inMaven ?? inGradle)?.pop();
  if (inGradle !== undefined && inGradle.length !== 4) return undefined;
  // The digest.
  inGradle?.pop();
  const segments = inMaven ?? inGradle ?? [];
  const version = segments.pop();
  const artifact = segments.pop();
  if (file === undefined || version === undefined || artifact === undefined) return undefined;
  const name = `${artifact}-${version}`;
  if (!file.startsWith(`${name}.`) && !file.startsWith(`${name}-`)) return undefined;
  return coordinates({ group: segments.join('.'), artifact, version });
}

function segmentsAfter(folder: RegExp, path: string): string[] | undefined {
  const match = folder.exec(path);
  return match === null ? undefined : path.slice(match.index + match[0].length).split('/');
}
