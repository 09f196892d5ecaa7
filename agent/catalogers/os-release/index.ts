import type { Cataloger } from '../../../core/facts.ts';
import { RELEASE_PLACES } from '../../../core/release-places.ts';
import { readText } from '../package-database/text.ts';
import { parseOlderRelease } from './older.ts';
import { parseOsRelease } from './parse.ts';

const MAX_BYTES = 64 * 1024;

/**
 * What distribution an image is. Usually `etc/os-release` is a link and only the other is a file; older releases have other
 * files. Where there are several, merging chooses.
 */
export const osRelease: Cataloger = {
  id: 'os-release',
  version: 3,
  candidates: {
    basenames: [...new Set(RELEASE_PLACES.map((path) => path.slice(path.lastIndexOf('/') + 1)))],
    accepts: (path) => RELEASE_PLACES.includes(path),
  },
  parse(file) {
    const { text, ...cut } = readText(file, MAX_BYTES);
    const release = file.path.endsWith('/os-release')
      ? parseOsRelease(text)
      : parseOlderRelease(file.path, text);
    return { ...(release && { release }), ...cut };
  },
};
