import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { readJson } from '../package-database/json.ts';
import { readManifest } from './manifest.ts';
import { manifestPlace } from './place.ts';
import { isPnp, parsePnp, PNP_BASENAMES } from './pnp.ts';

const MANIFEST = 'package.json';
/** Twice the largest manifests known (editor extensions). */
const MAX_MANIFEST_BYTES = 2 << 20;

/** npm packages by their installed package.json, or by the table of what Yarn left packed; lock files are no evidence of what an image holds. */
export const npm: Cataloger = {
  id: 'npm',
  version: 5,
  candidates: {
    basenames: [MANIFEST, ...PNP_BASENAMES],
    accepts: (path) => isPnp(path) || (isManifest(path) && manifestPlace(path) !== undefined),
  },
  parse: (file) => (isPnp(file.path) ? parsePnp(file) : parseManifestFile(file)),
};

function isManifest(path: string): boolean {
  return path === MANIFEST || path.endsWith(`/${MANIFEST}`);
}

function parseManifestFile(file: LayerFile): FactContent {
  const place = manifestPlace(file.path);
  if (place === undefined) return {};
  const { value, ...cut } = readJson(file, MAX_MANIFEST_BYTES);
  const record = readManifest(value, place);
  return record === undefined ? cut : { packages: [record], ...cut };
}
