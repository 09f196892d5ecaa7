import type { Cataloger } from '../../../core/facts.ts';
import { parseInstalled } from './installed.ts';
import { parseRoot } from './root.ts';

/** `vendor` may be named otherwise; what Composer keeps in it may not. */
const PLACE = /(?:^|\/)composer\/installed\.(?:json|php)$/;

/** PHP packages that Composer installed, and the program that they were installed for. */
export const phpComposer: Cataloger = {
  id: 'php-composer',
  version: 1,
  candidates: { basenames: ['installed.json', 'installed.php'], accepts: (path) => PLACE.test(path) },
  parse: (file) => (file.path.endsWith('.php') ? parseRoot(file) : parseInstalled(file)),
};
