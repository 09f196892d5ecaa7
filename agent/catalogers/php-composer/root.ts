import type { FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { readText } from '../package-database/text.ts';
import { splitName } from './installed.ts';

/** The part on the program itself comes first. */
const MAX_BYTES = 64 * 1024;
/** What Composer calls a program that has no name, and the version of one that states none. */
const UNNAMED = '__root__';
const NO_VERSION = '+no-version-set';

/**
 * Reads the program that packages were installed for, from the PHP file that Composer 2 writes for use at run time.
 * Source: Composer\Repository\FilesystemRepository::generateInstalledVersions.
 */
export function parseRoot(file: LayerFile): FactContent {
  const { text, ...cut } = readText(file, MAX_BYTES);
  const start = text.indexOf("'root' => array(");
  if (start === -1) return cut;
  const end = text.indexOf("'versions' => array(", start);
  const root = text.slice(start, end === -1 ? undefined : end);
  const field = (name: string): string | undefined =>
    new RegExp(String.raw`'${name}' => '((?:[^'\\]|\\.)*)'`).exec(root)?.[1];
  const name = field('name');
  const identity = splitName(name);
  // All that follows the program is read elsewhere.
  const unread = end === -1 ? cut : {};
  if (identity === undefined || name === UNNAMED) return unread;
  const version = field('pretty_version') ?? '';
  return {
    packages: [
      {
        type: 'composer',
        ...identity,
        version: version.endsWith(NO_VERSION) ? '' : version,
        role: 'application',
      },
    ],
    ...unread,
  };
}
