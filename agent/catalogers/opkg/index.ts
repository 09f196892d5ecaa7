import { databaseFolder } from '../../../core/database-places.ts';
import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { parseControl, parseFileList, parseOpkgStatus } from './control.ts';

/** What tells of a single package. */
const OF_PACKAGE = /\/info\/([^/]+)\.(control|list)$/;

/**
 * Packages of OpenWrt and Yocto, from opkg's database, and which files each has. dpkg keeps files of these names elsewhere:
 * merging tells them apart by place.
 */
export const opkg: Cataloger = {
  id: 'opkg',
  version: 2,
  candidates: {
    basenames: ['status'],
    suffixes: ['.control', '.list'],
    accepts: (path) => databaseFolder('opkg', path) !== undefined,
  },
  parse,
};

function parse(file: LayerFile): FactContent {
  const [, name, kind] = OF_PACKAGE.exec(file.path) ?? [];
  if (name === undefined) return parseOpkgStatus(file);
  return kind === 'list' ? parseFileList(file, name) : parseControl(file);
}
