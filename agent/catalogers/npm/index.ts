import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { readManifest } from './manifest.ts';
import { manifestPlace } from './place.ts';

/** Twice the largest manifests known (editor extensions); a hostile one of this size costs 60 MB for a moment. */
const MAX_MANIFEST_BYTES = 2 << 20;

/** npm packages by their installed package.json; lock files are no evidence of what an image holds. */
export const npm: Cataloger = {
  id: 'npm',
  version: 1,
  candidates: {
    basenames: ['package.json'],
    accepts: (path) => manifestPlace(path) !== undefined,
  },
  parse: parseManifestFile,
};

function parseManifestFile(file: LayerFile): FactContent {
  const place = manifestPlace(file.path);
  if (place === undefined) return {};
  if (file.size > MAX_MANIFEST_BYTES)
    return { truncated: `not read: larger than ${MAX_MANIFEST_BYTES} bytes` };
  const text = new TextDecoder().decode(file.read(0, MAX_MANIFEST_BYTES));
  if (text.trim() === '') return {};
  const record = readManifest(JSON.parse(text), place);
  return record === undefined ? {} : { packages: [record] };
}
