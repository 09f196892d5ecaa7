import type { Cataloger } from '../../../core/facts.ts';
import { readText } from '../package-database/text.ts';
import { parseOsRelease } from './parse.ts';

const PATHS: ReadonlySet<string> = new Set(['etc/os-release', 'usr/lib/os-release']);
const MAX_BYTES = 64 * 1024;

/**
 * What distribution an image is. Usually `etc/os-release` is a link and only the other is a file;
 * where both are, merging prefers the one in `etc`.
 */
export const osRelease: Cataloger = {
  id: 'os-release',
  version: 2,
  candidates: { basenames: ['os-release'], accepts: (path) => PATHS.has(path) },
  parse(file) {
    const { text, ...cut } = readText(file, MAX_BYTES);
    const release = parseOsRelease(text);
    return { ...(release && { release }), ...cut };
  },
};
