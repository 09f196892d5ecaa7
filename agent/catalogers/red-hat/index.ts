import type { Cataloger, FactContent, ProductBuild } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { filled } from '../package-database/optional.ts';
import { isObject, readJson, textOf, textsOf } from '../package-database/json.ts';
import { present } from '../package-database/present.ts';
import { readText } from '../package-database/text.ts';
import { dockerfileLabels } from './dockerfile-labels.ts';

const MAX_BYTES = 1024 * 1024;
/** Many times what an image's packages come from. */
const MAX_CONTENT_SETS = 10_000;

/** The newer place, and the one that images have had since 2020. */
const FOLDERS = ['usr/share/buildinfo/', 'root/buildinfo/content_manifests/', 'root/buildinfo/'];
/** `Dockerfile-NAME-VERSION-RELEASE`, of images older than any manifest. */
const DOCKERFILE = /^root\/buildinfo\/Dockerfile-[^/]+-([^-/]+-[^-/]+)$/;

/**
 * What Red Hat's build system leaves in each layer that it made: which repositories ("content sets") the layer's packages
 * came from, and which build it was. Red Hat's advisories are for products, and products are told by these.
 * Sources: quay/claircore, "rhel" and "rhcc"; the labels are those of Red Hat's container images.
 */
export const redHat: Cataloger = {
  id: 'red-hat',
  version: 1,
  candidates: {
    suffixes: [''],
    // It is asked about every name.
    accepts: (path) => isInFolder(path) && (DOCKERFILE.test(path) || isDocument(path)),
  },
  parse: (file) => (isDocument(file.path) ? ofDocument(file) : ofDockerfile(file)),
};

function isInFolder(path: string): boolean {
  return path.startsWith('usr/share/buildinfo/') || path.startsWith('root/buildinfo/');
}

function isDocument(path: string): boolean {
  return (
    path.endsWith('.json') &&
    FOLDERS.some((folder) => path.startsWith(folder) && !path.includes('/', folder.length))
  );
}

/** A content manifest, or the image's labels. */
function ofDocument(file: LayerFile): FactContent {
  const { value, truncated } = readJson(file, MAX_BYTES);
  if (!isObject(value)) return present({ truncated });
  const [component, version, release] = ['com.redhat.component', 'version', 'release'].map((key) =>
    textOf(value[key]),
  );
  const isNamed = component !== undefined && version !== undefined && release !== undefined;
  return contentOf({
    contentSets: filled([...new Set(textsOf(value['content_sets']))].slice(0, MAX_CONTENT_SETS)),
    nvr: isNamed ? `${component}-${version}-${release}` : undefined,
    // Architecture and product go with the labels of a build; elsewhere these words may mean anything.
    architecture: isNamed ? textOf(value['architecture']) : undefined,
    cpe: isNamed ? textOf(value['cpe']) : undefined,
  });
}

/** The file is named after version and release, which its own labels may leave to variables. */
function ofDockerfile(file: LayerFile): FactContent {
  const { text, truncated } = readText(file, MAX_BYTES);
  const labels = dockerfileLabels(text);
  const component = labels.get('com.redhat.component');
  const [, versionAndRelease = ''] = DOCKERFILE.exec(file.path) ?? [];
  return {
    ...(component !== undefined &&
      contentOf({ nvr: `${component}-${versionAndRelease}`, architecture: labels.get('architecture') })),
    ...present({ truncated }),
  };
}

function contentOf(fields: {
  readonly [Key in keyof ProductBuild]: ProductBuild[Key] | undefined;
}): FactContent {
  const build = present(fields);
  return Object.keys(build).length === 0 ? {} : { build };
}
