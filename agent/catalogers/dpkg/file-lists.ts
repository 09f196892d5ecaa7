import type { FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { present } from '../package-database/present.ts';
import { eachLine } from '../package-database/text.ts';

/** The longest lists of Debian have 2 MiB and 30,000 paths. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_CHARACTERS = 16 * 1024 * 1024;

/**
 * Files of one package from `info/NAME[:ARCH].list`. It names directories, too, each before what is in it;
 * those that contain something are left out, since many packages share them and none owns them.
 * Unlike `.md5sums`, a list has configuration files and links, and is always there.
 */
export function parseList(file: LayerFile, owner: string): FactContent {
  const files = claimCollector(MAX_CHARACTERS);
  const cut = eachLine(file, MAX_BYTES, (path) => {
    if (path.startsWith('/') && path !== '/.') files.add(owner, path);
  });
  const paths = files.claims().flatMap((claim) => claim.files);
  const parents = new Set(paths.map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  const owned = paths.filter((path) => !parents.has(path));
  return {
    claims: owned.length === 0 ? [] : [{ owner, files: owned }],
    ...present({ truncated: cut ?? files.truncated() }),
  };
}

/**
 * Files of one package from `status.d/NAME.md5sums`: a digest, blanks, a path from the root.
 * Images without dpkg have no lists, and digests of any length.
 */
export function parseSums(file: LayerFile, owner: string): FactContent {
  const files = claimCollector(MAX_CHARACTERS);
  const cut = eachLine(file, MAX_BYTES, (line) => {
    const path = /^[0-9a-fA-F]+\s+\*?(?:\.\/)?(.+)$/s.exec(line)?.[1];
    if (path !== undefined) files.add(owner, path);
  });
  return { claims: files.claims(), ...present({ truncated: cut ?? files.truncated() }) };
}
