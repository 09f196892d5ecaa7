import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { readJson } from '../package-database/json.ts';
import { readManifest } from './manifest.ts';
import { manifestPlace } from './place.ts';

/** Twice the largest manifests known (editor extensions). */
const MAX_MANIFEST_BYTES = 2 << 20;

/** npm packages by their installed package.json; lock files are no evidence of what an image holds. */
export const npm: Cataloger = {
  id: 'npm',
  version: 2,
  candidates: {
    basenames: ['package.json'],
    accepts: (path) => manifestPlace(path) !== undefined,
  },
  parse: parseManifestFile,
};

function parseManifestFile(file: LayerFile): FactContent {
  const place = manifestPlace(file.path);
  if (place === undefined) return {};
  const { value, ...cut } = readJson(file, MAX_MANIFEST_BYTES);
  const record = readManifest(value, place);
  return record === undefined ? cut : { packages: [record], ...cut };
}
