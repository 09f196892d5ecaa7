import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { logName } from '../sqlite/tables.ts';
import { parseDatabase } from './database.ts';
import { packageOf } from './store-path.ts';

const DATABASE = 'nix/var/nix/db/db.sqlite';

/**
 * What of a path in the store shows that it is there, few files each: a file that is a path itself, programs, libraries,
 * and what Nix's builders and the most common packages of data alone leave.
 */
const EVIDENCE =
  /^nix\/store\/[^/]+(?:|\/[^/]+|\/s?bin\/[^/]+|\/lib\/lib(?=[^/]+\.so)[^/]+|\/nix-support\/[^/]+|\/etc\/ssl\/certs\/[^/]+|\/lib\/locale\/locale-archive|\/share\/zoneinfo\/zone\.tab|\/lib\/python[^/]+\/site-packages\/[^/]+\.dist-info\/METADATA|\/lib\/node_modules\/[^/]+\/package\.json)$/;

/**
 * Packages of Nix: by its database where an image has one, and by the names of paths in the store, which images that Nix
 * itself builds have alone. The names are the same, so what both tell of is one package.
 */
export const nix: Cataloger = {
  id: 'nix',
  version: 2,
  // A file of the store may have any name.
  candidates: {
    suffixes: [''],
    accepts: (path) =>
      path.startsWith('nix/') &&
      (path === DATABASE || (EVIDENCE.test(path) && packageOf(path) !== undefined)),
  },
  companions: (path) => (path === DATABASE ? [logName(path)] : []),
  parse,
};

function parse(file: LayerFile): FactContent {
  if (file.path === DATABASE) return parseDatabase(file);
  const record = packageOf(file.path);
  if (record === undefined) return {};
  // Each path of the store is one package's alone.
  const folder = file.path.split('/', 3).join('/');
  return { packages: [record], claims: [{ owner: record.name, files: [], folders: [folder] }] };
}
