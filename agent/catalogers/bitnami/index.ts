import type { Cataloger, FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { recordsOf } from '../embedded-sbom/records.ts';
import { readSpdx } from '../embedded-sbom/spdx.ts';
import { isObject, readJson, textOf } from '../package-database/json.ts';
import { present } from '../package-database/present.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const HOME = 'opt/bitnami';
const COMPONENTS = `${HOME}/.bitnami_components.json`;
const SPDX = /^opt\/bitnami\/(?:.+\/)?\.spdx-[^/]+\.spdx$/;

/**
 * Components of Bitnami's images: by the SPDX document in each one's directory, and by the list of older images.
 * Of a document only Bitnami's own packages count; what else it names, the catalogers of those ecosystems find.
 */
export const bitnami: Cataloger = {
  id: 'bitnami',
  version: 2,
  candidates: {
    basenames: ['.bitnami_components.json'],
    suffixes: ['.spdx'],
    accepts: (path) => path === COMPONENTS || SPDX.test(path),
  },
  parse,
};

function parse(file: LayerFile): FactContent {
  const { value, ...cut } = readJson(file, MAX_BYTES);
  if (!isObject(value)) return cut;
  const packages =
    file.path === COMPONENTS
      ? Object.entries(value).flatMap(([name, component]) => componentOf(name, component) ?? [])
      : recordsOf(readSpdx(value)).flatMap((record) => ownRecord(record) ?? []);
  return { packages, ...claimsOf(file.path, packages), ...cut };
}

/** A component has the directory of its document to itself; the list of all of them lies in no one's. */
function claimsOf(path: string, packages: readonly PackageRecord[]): Pick<FactContent, 'claims'> {
  const [owner] = packages;
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (owner === undefined || folder === HOME) return {};
  return { claims: [{ owner: owner.name, files: [], folders: [folder] }] };
}

/** A document is of a component, not of the image's own program. */
function ownRecord({ role: _role, ...record }: PackageRecord): PackageRecord | undefined {
  return record.type === 'bitnami' ? record : undefined;
}

function componentOf(name: string, component: unknown): PackageRecord | undefined {
  if (!isObject(component) || name === '') return undefined;
  const version = textOf(component['version']);
  if (version === undefined) return undefined;
  const distro = textOf(component['distro']);
  return {
    type: 'bitnami',
    name,
    version,
    ...present({
      architecture: textOf(component['arch']),
      qualifiers: distro === undefined ? undefined : { distro },
    }),
  };
}
