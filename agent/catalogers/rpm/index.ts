import { databaseFolder } from '../../../core/database-places.ts';
import type { Cataloger } from '../../../core/facts.ts';
import { parseDatabase } from './database.ts';
import { parseManifest } from './manifest.ts';
import { logName } from '../sqlite/tables.ts';

const MANIFEST = 'var/lib/rpmmanifest/container-manifest-2';
const NAMES = ['Packages', 'Packages.db', 'rpmdb.sqlite'];

/** rpm packages, from databases of every format that rpm has had, and from the manifest of images without one. */
export const rpm: Cataloger = {
  id: 'rpm',
  version: 3,
  candidates: {
    basenames: [...NAMES, 'container-manifest-2'],
    accepts: (path) => path === MANIFEST || isDatabase(path),
  },
  companions: (path) => (isDatabase(path) ? [logName(path)] : []),
  parse: (file) => (file.path === MANIFEST ? parseManifest(file) : parseDatabase(file)),
};

function isDatabase(path: string): boolean {
  return databaseFolder('rpm', path) !== undefined;
}
