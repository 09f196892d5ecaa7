import type { Cataloger, FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { stemOf } from './classifier.ts';
import type { Classifier, VersionPattern } from './classifier.ts';
import { searchExecutable } from './search.ts';
import { CLASSIFIERS } from './tables/all.ts';
import { DOCUMENTS } from './tables/documents.ts';

const MAX_DOCUMENT_BYTES = 4096;

const BY_STEM: ReadonlyMap<string, readonly { readonly classifier: Classifier }[]> = Map.groupBy(
  CLASSIFIERS.flatMap((classifier) => classifier.stems.map((stem) => ({ stem, classifier }))),
  ({ stem }) => stem,
);

/**
 * Programs and libraries that came without a package manager: known by the name of the file, their version read from the
 * text that they hold. Only files of known names are opened, and only their sections of text read. What an OS package
 * owns yields no second package; that is decided when the image is merged.
 */
export const binary: Cataloger = {
  id: 'binary',
  version: 5,
  candidates: {
    basenames: DOCUMENTS.map(({ basename }) => basename),
    stems: CLASSIFIERS.filter(({ kind }) => kind === 'library').flatMap(({ stems }) => stems),
    executables: true,
    accepts: (path) => documentOf(path) !== undefined || classifiersOf(path).length > 0,
  },
  parse(file) {
    return documentOf(file.path) === undefined ? ofExecutable(file) : ofDocument(file);
  },
};

function ofExecutable(file: LayerFile): FactContent {
  const name = baseName(file.path);
  const classifiers = classifiersOf(file.path);
  const found = searchExecutable(
    file,
    classifiers.map((classifier) => patternsFor(classifier, name)),
  );
  if (found === undefined) return {};
  const packages = classifiers.flatMap((classifier, at) => {
    const sighting = found.sightings[at];
    return sighting === undefined
      ? []
      : [recordOf(sighting.pattern.name ?? classifier.name, sighting.version)];
  });
  return {
    ...(packages.length > 0 && { packages }),
    ...(found.cut && { truncated: 'its text is too long; only the beginning was searched for a version' }),
  };
}

function ofDocument(file: LayerFile): FactContent {
  const classifier = documentOf(file.path);
  const text = new TextDecoder('latin1').decode(file.read(0, MAX_DOCUMENT_BYTES));
  const version = classifier?.pattern.exec(text)?.[1];
  return classifier === undefined || version === undefined
    ? {}
    : { packages: [recordOf(classifier.name, version)] };
}

function recordOf(name: string, version: string): PackageRecord {
  return { type: 'generic', name, version };
}

/** The patterns, with what the file's name says put into their anchors. */
function patternsFor({ files, versions }: Classifier, name: string): readonly VersionPattern[] {
  const said = files.exec(name)?.[1] ?? '';
  return versions.map((version) => ({ ...version, anchor: version.anchor.replace('$1', () => said) }));
}

function classifiersOf(path: string): readonly Classifier[] {
  const name = baseName(path);
  return (
    BY_STEM.get(stemOf(name))?.flatMap(({ classifier }) =>
      classifier.files.test(name) ? [classifier] : [],
    ) ?? []
  );
}

function documentOf(path: string): (typeof DOCUMENTS)[number] | undefined {
  return DOCUMENTS.find(({ basename, path: whole }) => path.endsWith(basename) && whole.test(path));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
