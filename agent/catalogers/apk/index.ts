import type { Cataloger } from '../../../core/facts.ts';
import { parseInstalled } from './installed.ts';

/** Alpine's place, the one of systems with a merged `/usr`, and Wolfi's older one. */
const PATHS: ReadonlySet<string> = new Set([
  'lib/apk/db/installed',
  'usr/lib/apk/db/installed',
  'var/lib/apk/db/installed',
]);

/** Alpine packages, from apk's database. */
export const apk: Cataloger = {
  id: 'apk',
  version: 1,
  candidates: { basenames: ['installed'], accepts: (path) => PATHS.has(path) },
  parse: parseInstalled,
};
