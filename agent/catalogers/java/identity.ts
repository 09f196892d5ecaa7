import type { PackageRecord } from '../../../core/facts.ts';
import type { ArchiveContents, DescribedPackage } from './contents.ts';
import { parseFileName, type FileName } from './file-name.ts';
import { knownLibrary } from './known-groups.ts';
import { attribute, type Manifest } from './manifest.ts';
import { repositoryCoordinates } from './repository.ts';
import { coordinates, validVersion, type Coordinates } from './pom-properties.ts';

/** What an archive is, as far as it tells. */
export type Identity =
  | { readonly kind: 'described'; readonly own: DescribedPackage; readonly version: string }
  /** Coordinates without a description by Maven. */
  | { readonly kind: 'stated'; readonly coordinates: Coordinates }
  /** A name that its file or manifest bears, of unknown group. */
  | { readonly kind: 'named'; readonly name: string; readonly version: string }
  /** Nothing of its own: a collection of what is described in it, no software, or part of a Java runtime. */
  | { readonly kind: 'none' };

/**
 * Tells what an archive is, by the first of these that does:
 * 1. a package described by Maven whose artifact is the file's name (or with its group before it, as Jetty and Quarkus
 *    name files), or that the manifest names, or the only one, of the version in the manifest or where name and manifest
 *    say no other;
 * 2. the coordinates that Jenkins plugins and NiFi bundles state in their manifests;
 * 3. the group of a known library of the file's name that has the library's packages;
 * 4. the place in a repository on disk that it is kept in;
 * 5. the file's name alone.
 *
 * No group is guessed of vendors and symbolic names in manifests: of those in Debian's jars that state an
 * Implementation-Vendor-Id, every other one differs from the group, and so does one in six of the groups that can be read
 * out of a Bundle-SymbolicName without doubt.
 */
export function identify(path: string, contents: ArchiveContents): Identity {
  const { manifest, described } = contents;
  if (isPartOfRuntime(manifest)) return { kind: 'none' };
  const file = parseFileName(path, statedVersions(manifest));
  const own = ownDescription(file, contents);
  if (own !== undefined)
    return { kind: 'described', own, version: own.coordinates.version || versionOf(file, manifest) };
  const stated = statedCoordinates(manifest);
  if (stated !== undefined) return { kind: 'stated', coordinates: stated };
  if (!isSoftware(file, contents) || (described.length > 0 && !isNamed(file, manifest)))
    return { kind: 'none' };
  const named = nameOf(file, contents);
  const known = knownLibrary(named.name, named.version, contents);
  if (known !== undefined) return { kind: 'stated', coordinates: { ...known, version: named.version } };
  const kept = repositoryCoordinates(path);
  return kept === undefined ? { kind: 'named', ...named } : { kind: 'stated', coordinates: kept };
}

function ownDescription(file: FileName, contents: ArchiveContents): DescribedPackage | undefined {
  const { described, manifest, isApplication } = contents;
  const named = described.find(({ coordinates: { group, artifact } }) =>
    [artifact, `${group}.${artifact}`].includes(file.name),
  );
  if (named !== undefined) return named;
  const titled = described.find((one) => isConfirmed(one, manifest) && !isOtherVersion(file, one));
  if (titled !== undefined) return titled;
  const [only] = described;
  if (only === undefined || described.length > 1) return undefined;
  if (statedVersions(manifest).includes(only.coordinates.version)) return only;
  return file.version === '' && (isApplication || !isTitled(manifest)) ? only : undefined;
}

/** Archives that many were packed into have the manifest of any of them, or of all. */
function isOtherVersion(file: FileName, { coordinates: { version } }: DescribedPackage): boolean {
  return file.version !== '' && version !== '' && file.version !== version;
}

/** Whether the manifest names this package: by its artifact as title, or as Maven makes symbolic names. */
function isConfirmed({ coordinates: { group, artifact } }: DescribedPackage, manifest: Manifest): boolean {
  if (attribute(manifest, 'Implementation-Title') === artifact) return true;
  const symbolicName = attribute(manifest, 'Bundle-SymbolicName')?.split(';')[0]?.trim();
  return symbolicName === `${group}.${artifact}` || symbolicName === artifact;
}

/** Jenkins plugins, and bundles of NiFi. Sources: the manifests that maven-hpi-plugin and nifi-nar-maven-plugin write. */
function statedCoordinates(manifest: Manifest): Coordinates | undefined {
  const from = (group: string, artifact: string, version: string): Coordinates | undefined =>
    coordinates({
      group: attribute(manifest, group) ?? '',
      artifact: attribute(manifest, artifact) ?? '',
      version: attribute(manifest, version) ?? '',
    });
  return from('Group-Id', 'Short-Name', 'Plugin-Version') ?? from('Nar-Group', 'Nar-Id', 'Nar-Version');
}

/** The class libraries that came with Java up to version 8, and what is left of them, belong to the runtime. */
function isPartOfRuntime(manifest: Manifest): boolean {
  return attribute(manifest, 'Implementation-Title') === 'Java Runtime Environment';
}

function isSoftware(file: FileName, { packages, nested, hasManifest }: ArchiveContents): boolean {
  return packages.size > 0 || nested.length > 0 || (hasManifest && file.version !== '');
}

function isNamed(file: FileName, manifest: Manifest): boolean {
  return file.version !== '' || isTitled(manifest);
}

function isTitled(manifest: Manifest): boolean {
  return ['Implementation-Title', 'Bundle-SymbolicName', 'Automatic-Module-Name'].some(
    (name) => attribute(manifest, name) !== undefined,
  );
}

/** Versions of the archive itself. A Specification-Version is that of an interface; a bundle's is made up of the real one. */
function statedVersions(manifest: Manifest): readonly string[] {
  return ['Plugin-Version', 'Implementation-Version', 'Bundle-Version'].flatMap((name) => {
    const word = attribute(manifest, name)?.split(/\s/)[0] ?? '';
    return /^v?\d/.test(word) && validVersion(word) !== undefined ? [word] : [];
  });
}

function versionOf(file: FileName, manifest: Manifest): string {
  return file.version || (statedVersions(manifest)[0] ?? '');
}

/** A file named with its version is named by Maven's rule; of others a title may know better. */
function nameOf(file: FileName, { manifest }: ArchiveContents): FileName {
  if (file.version !== '') return file;
  const version = versionOf(file, manifest);
  const title = attribute(manifest, 'Implementation-Title') ?? '';
  if (title === 'Apache Tomcat') return { name: tomcatArtifact(file.name), version };
  return { name: version !== '' && /^[a-z][a-z0-9_-]*$/.test(title) ? title : file.name, version };
}

/** The artifact of a library that Apache Tomcat's own distribution names shorter. Source: its build.xml, "deploy". */
function tomcatArtifact(name: string): string {
  if (/^catalina-(?:ssi|storeconfig|tribes)$/.test(name)) return name.replace('catalina', 'tomcat');
  const isShort =
    /^(?:annotations-api|catalina(?:-ant|-ha)?|(?:el|jaspic|jsp|servlet|websocket)-api|jasper(?:-el)?)$/;
  return isShort.test(name) || name === 'websocket-client-api' ? `tomcat-${name}` : name;
}

/** The package of a description, with what its model says. */
export function describedRecord({ coordinates: found, model }: DescribedPackage): PackageRecord {
  return {
    ...statedRecord(found),
    ...(model !== undefined && model.licenses.length > 0 && { licenses: model.licenses }),
    ...(model !== undefined && model.dependencies.length > 0 && { dependencies: model.dependencies }),
  };
}

export function statedRecord({ group, artifact, version }: Coordinates): PackageRecord {
  return { type: 'maven', namespace: group, name: artifact, version };
}
