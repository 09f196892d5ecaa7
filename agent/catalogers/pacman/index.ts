import { databaseFolder } from '../../../core/database-places.ts';
import type { Cataloger } from '../../../core/facts.ts';
import { parseDescription, parseFiles } from './local.ts';

/** Packages of Arch Linux and its kin, from pacman's database: a directory for each, with what it is and its files. */
export const pacman: Cataloger = {
  id: 'pacman',
  version: 2,
  candidates: {
    basenames: ['desc', 'files'],
    accepts: (path) => databaseFolder('pacman', path) !== undefined,
  },
  companions: (path) => (path.endsWith('/files') ? ['desc'] : []),
  parse: (file) => (file.path.endsWith('/files') ? parseFiles(file) : parseDescription(file)),
};
