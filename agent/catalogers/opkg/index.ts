import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { parseControl, parseFileList, parseOpkgStatus } from './control.ts';

/** OpenWrt's place and Yocto's. */
const PLACE = /^(?:usr|var)\/lib\/opkg\/(?:status|info\/([^/]+)\.(control|list))$/;

/** Packages of OpenWrt and Yocto, from opkg's database, and which files each has. */
export const opkg: Cataloger = {
  id: 'opkg',
  version: 1,
  candidates: {
    basenames: ['status'],
    suffixes: ['.control', '.list'],
    accepts: (path) => PLACE.test(path),
  },
  parse,
};

function parse(file: LayerFile): FactContent {
  const [, name, kind] = PLACE.exec(file.path) ?? [];
  if (name === undefined) return parseOpkgStatus(file);
  return kind === 'list' ? parseFileList(file, name) : parseControl(file);
}
