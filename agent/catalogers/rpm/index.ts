import type { Cataloger } from '../../../core/facts.ts';
import { parseDatabase } from './database.ts';
import { parseManifest } from './manifest.ts';
import { logName } from '../sqlite/tables.ts';

const MANIFEST = 'var/lib/rpmmanifest/container-manifest-2';
/** Where rpm keeps its database, where SUSE and newer Fedora do, and where ostree-based systems do. */
const DIRECTORIES = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];
const NAMES = ['Packages', 'Packages.db', 'rpmdb.sqlite'];
const DATABASES: ReadonlySet<string> = new Set(
  DIRECTORIES.flatMap((directory) => NAMES.map((name) => `${directory}/${name}`)),
);

/** rpm packages, from databases of every format that rpm has had, and from the manifest of images without one. */
export const rpm: Cataloger = {
  id: 'rpm',
  version: 1,
  candidates: {
    basenames: [...NAMES, 'container-manifest-2'],
    accepts: (path) => path === MANIFEST || DATABASES.has(path),
  },
  companions: (path) => (DATABASES.has(path) ? [logName(path)] : []),
  parse: (file) => (file.path === MANIFEST ? parseManifest(file) : parseDatabase(file)),
};
