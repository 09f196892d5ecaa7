import type { PlacedFact } from './placed-fact.ts';
import { pathQuery } from './index-search.ts';
import type { LayerIndex } from './layer.ts';
import { OS_CATALOGERS } from './ownership.ts';
import { linkTarget } from './paths.ts';

/**
 * A place where a package manager keeps, unpacked, what it downloaded to install or compile it elsewhere. The first
 * match of `cache` ends where the cache begins; `download` is what one download has to itself in there.
 */
interface CacheShape {
  readonly cache: RegExp;
  readonly download: RegExp;
  /** A file that each download has there, where names alone could be anyone's. */
  readonly sign?: string;
}

/**
 * All such caches whose contents look like installed packages. Not among them is what programs are run from where it
 * lies: Maven's and Gradle's repositories, NuGet's folder, pnpm's, Yarn's and Deno's stores, and environments that npx
 * or uvx keep.
 */
const SHAPES: readonly CacheShape[] = [
  // uv: wheels, each in a folder of its own; whole environments lie beside them. Then what it builds, and from what.
  { cache: /(?:^|\/)(?=archive-v\d)/, download: /^archive-v\d+\/[\w-]{16,}\/(?!bin\/|lib(?:64)?\/python)/ },
  { cache: /(?:^|\/)(?=builds-v\d)/, download: /^builds-v\d+\/\.tmp[^/]*\// },
  { cache: /(?:^|\/)(?=git-v\d)/, download: /^git-v\d+\/checkouts\/[^/]+\/[^/]+\// },
  {
    cache: /(?:^|\/)(?=sdists-v\d)/,
    download: /^sdists-v\d+\/(?:editable|git|index|path|pypi|url)\/[^/]+\//,
  },
  // virtualenv: what it copies into each new environment, or links from there.
  {
    cache: /(?:^|\/)virtualenv\/wheel\//,
    download: /^[^/]+\/image\/\d+\/(?:Copy|Symlink)PipInstall\/[^/]+\//,
  },
  // conda: `NAME-VERSION-BUILD`, from which files are linked into environments.
  { cache: /(?:^|\/)pkgs\//, download: /^[^/]+-[^/-]+-[^/-]+\//, sign: 'info/index.json' },
  // Go: sources of modules. A toolchain among them is run.
  { cache: /(?:^|\/)pkg\/mod\//, download: /^(?!golang\.org\/toolchain@)[^@]+@v\d[^/]*\// },
  // Cargo: sources of crates.
  { cache: /(?:^|\/)registry\/src\//, download: /^[^/]+-[0-9a-f]{16}\/[^/]+\// },
  { cache: /(?:^|\/)git\/checkouts\//, download: /^[^/]+-[0-9a-f]{16}\/[0-9a-f]+\// },
  // npm: clones that it had no time to remove. Yarn 1, and Bun.
  { cache: /(?:^|\/)_cacache\/tmp\//, download: /^[^/]+\// },
  { cache: /(?:^|\/)\.cache\/yarn\//, download: /^v\d+\/[^/]+\// },
  { cache: /(?:^|\/)(?=v\d+\/npm-)/, download: /^v\d+\/[^/]+-[0-9a-f]{40}(?:-integrity)?\/node_modules\// },
  { cache: /(?:^|\/)\.?bun\/install\/cache\//, download: /^(?:@[^/]+\/)?[^/]+\// },
];

/** Where a path lies in a cache. Both end with a slash; the cache may be the root, ''. */
interface Download {
  readonly cache: string;
  readonly folder: string;
  readonly sign: string | undefined;
}

/** True for what lies in a cache by its path alone. */
export function isDownload(path: string): boolean {
  const download = downloadOf(path);
  return download !== undefined && download.sign === undefined;
}

/**
 * Facts on what lies in package managers' caches, which is there and not installed. Where a link from anywhere else
 * leads into a download, that is in use: some install by links.
 */
export function cachedFacts(
  visible: readonly PlacedFact[],
  indexes: readonly LayerIndex[],
): ReadonlySet<PlacedFact> {
  const facts = new Map<PlacedFact, Download>();
  for (const one of visible) {
    // A key or a setuid file is one wherever it lies, and other lists of packages have places of their own.
    if (one.fact.findings !== undefined || OS_CATALOGERS.has(one.ref.cataloger)) continue;
    const download = downloadOf(one.ref.path);
    if (download !== undefined) facts.set(one, download);
  }
  if (facts.size === 0) return new Set();
  const signed = signedFolders(facts.values(), indexes);
  const linked = linkedFolders(indexes);
  return new Set(
    [...facts].flatMap(([one, { folder, sign }]) =>
      linked.has(folder) || (sign !== undefined && !signed.has(folder)) ? [] : [one],
    ),
  );
}

function downloadOf(path: string): Download | undefined {
  for (const { cache, download, sign } of SHAPES) {
    const start = cache.exec(path);
    if (start === null) continue;
    const end = start.index + start[0].length;
    const inside = download.exec(path.slice(end));
    if (inside !== null)
      return { cache: path.slice(0, end), folder: path.slice(0, end + inside[0].length), sign };
  }
  return undefined;
}

function signedFolders(downloads: Iterable<Download>, indexes: readonly LayerIndex[]): ReadonlySet<string> {
  const folders = new Map<string, string>();
  for (const { folder, sign } of downloads) if (sign !== undefined) folders.set(folder + sign, folder);
  const signed = new Set<string>();
  if (folders.size === 0) return signed;
  const query = pathQuery(new Set(folders.keys()));
  for (const index of indexes)
    for (const { path, kind } of index.find(query)) if (kind === 'file') signed.add(folders.get(path) ?? '');
  return signed;
}

/** Downloads that links lead into from outside of their cache. Goes through all names of the image. */
function linkedFolders(indexes: readonly LayerIndex[]): ReadonlySet<string> {
  const linked = new Set<string>();
  for (const index of indexes) {
    for (const { path, target } of index.entries()) {
      if (target === undefined) continue;
      const download = downloadOf(`${linkTarget(path, target) ?? ''}/`);
      if (download !== undefined && !path.startsWith(download.cache)) linked.add(download.folder);
    }
  }
  return linked;
}
