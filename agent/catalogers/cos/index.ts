import type { Cataloger, FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { isObject, objectsOf, readJson, textOf } from '../package-database/json.ts';
import { present } from '../package-database/present.ts';

const PATH = 'etc/cos-package-info.json';
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Packages of Google's Container-Optimized OS, which are Gentoo's, by the list that its images carry instead of Portage's
 * database. What they were built with is listed, too, and is not there. Source: cos-tools, "COS package info".
 */
export const cos: Cataloger = {
  id: 'cos',
  version: 1,
  candidates: { basenames: ['cos-package-info.json'], accepts: (path) => path === PATH },
  parse,
};

function parse(file: LayerFile): FactContent {
  const { value, truncated } = readJson(file, MAX_BYTES);
  const list = isObject(value) ? objectsOf(value['installedPackages']) : [];
  const packages = list.flatMap((one): PackageRecord[] => {
    const name = textOf(one['name']);
    const version = textOf(one['ebuild_version']) ?? textOf(one['version']);
    if (name === undefined || version === undefined) return [];
    return [{ type: 'ebuild', name, version, ...present({ namespace: textOf(one['category']) }) }];
  });
  return { packages, ...present({ truncated }) };
}
