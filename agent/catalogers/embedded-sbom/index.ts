import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { isObject, parseJson, readJson, type ReadJson } from '../package-database/json.ts';
import { readCycloneDx } from './cyclonedx.ts';
import { readNativeImageSbom } from './native-image.ts';
import { recordsOf } from './records.ts';
import { readSpdx } from './spdx.ts';

/** An SBOM of 20,000 components. */
const MAX_BYTES = 64 * 1024 * 1024;
const NAME = /\.(?:spdx|cdx)\.json$/;
/**
 * Documents that repeat what is found elsewhere, or are of no program in the image: Wolfi's of its packages, which apk's
 * database lists; those in Python distributions, of what was compiled into them; test data.
 */
const ASIDES =
  /^var\/lib\/db\/sbom\/|\.dist-info\/sboms\/|(?:^|\/)(?:__fixtures__|__tests__|examples?|fixtures|testdata|tests?)\//;

/** Packages that SBOMs in an image name by their purls, taken as they are stated: in files, and in GraalVM's native images. */
export const embeddedSbom: Cataloger = {
  id: 'embedded-sbom',
  version: 2,
  candidates: {
    suffixes: ['.spdx.json', '.cdx.json'],
    executables: true,
    accepts: (path) => !isDocument(path) || (NAME.test(path) && !ASIDES.test(path)),
  },
  parse: (file) => (isDocument(file.path) ? ofDocument(file) : ofProgram(file)),
};

function isDocument(path: string): boolean {
  return path.endsWith('.json');
}

function ofDocument(file: LayerFile): FactContent {
  return contentOf(readJson(file, MAX_BYTES));
}

function ofProgram(file: LayerFile): FactContent {
  const sbom = readNativeImageSbom(file);
  return sbom === undefined ? {} : contentOf(parseJson(sbom));
}

function contentOf({ value, ...cut }: ReadJson): FactContent {
  if (!isObject(value)) return cut;
  const packages = recordsOf(value['bomFormat'] === 'CycloneDX' ? readCycloneDx(value) : readSpdx(value));
  return packages.length === 0 ? cut : { packages, ...cut };
}
