import { databaseFolder } from '../../../core/database-places.ts';
import type { Cataloger } from '../../../core/facts.ts';
import { parseInstalled } from './installed.ts';

/** Alpine packages, from apk's database. */
export const apk: Cataloger = {
  id: 'apk',
  version: 2,
  candidates: { basenames: ['installed'], accepts: (path) => databaseFolder('apk', path) !== undefined },
  parse: parseInstalled,
};
