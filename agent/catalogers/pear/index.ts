import type { Cataloger } from '../../../core/facts.ts';
import { parseEntry } from './registry.ts';

/** Channels other than PEAR's own have a directory each. */
const PLACE = /(?:^|\/)\.registry\/(?:\.channel\.[^/]+\/)?[^/]+\.reg$/;

/** PHP packages and extensions that PEAR's installer, or its sister for PECL, put there. */
export const pear: Cataloger = {
  id: 'pear',
  version: 2,
  candidates: { suffixes: ['.reg'], accepts: (path) => PLACE.test(path) },
  parse: parseEntry,
};
