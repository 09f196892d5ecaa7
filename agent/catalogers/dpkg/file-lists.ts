import type { FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { present } from '../package-database/present.ts';
import { readText } from '../package-database/text.ts';

/** The longest lists of Debian have 2 MiB. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Files of one package from `info/NAME[:ARCH].list`. It names directories, too, each before what is in it;
 * those that contain something are left out, since many packages share them and none owns them.
 * Unlike `.md5sums`, a list has configuration files and links, and is always there.
 */
export function parseList(file: LayerFile, owner: string): FactContent {
  const { text, truncated } = readText(file, MAX_BYTES);
  const paths = text.split('\n');
  const parents = new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  return claimed(
    owner,
    paths.filter((path) => path.startsWith('/') && path !== '/.' && !parents.has(path)),
    truncated,
  );
}

/**
 * Files of one package from `status.d/NAME.md5sums`: a digest, blanks, a path from the root.
 * Images without dpkg have no lists, and digests of any length.
 */
export function parseSums(file: LayerFile, owner: string): FactContent {
  const { text, truncated } = readText(file, MAX_BYTES);
  const paths = text.split('\n').flatMap((line) => /^[0-9a-fA-F]+\s+\*?(?:\.\/)?(.+)$/.exec(line)?.[1] ?? []);
  return claimed(owner, paths, truncated);
}

function claimed(owner: string, paths: readonly string[], cut: string | undefined): FactContent {
  const files = claimCollector();
  for (const path of paths) files.add(owner, path);
  return { claims: files.claims(), ...present({ truncated: cut ?? files.truncated() }) };
}
