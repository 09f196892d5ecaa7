import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalogers } from '../../agent/catalogers/index.ts';
import { blobSource } from '../../agent/layers/blob/blob-source.ts';
import { fullDirectorySource } from '../../agent/layers/directory/full-directory.ts';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import type { LayerSource } from '../../agent/layers/layer-source.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';
import { compose, type MergeLayer } from '../../core/compose.ts';
import type { Composition, Package } from '../../core/composition.ts';
import { packagesOf, recordKey } from '../../core/merge.ts';
import { OS_CATALOGERS } from '../../core/ownership.ts';
import { blobOf } from '../support/layer-reading.ts';
import { layerEntries, type TarStyle } from '../support/layer-tar.ts';
import { inMemoryFolder, needsOverlay, overlayStack } from '../support/overlay-stack.ts';
import { apply, resolveIn, type Operation } from '../support/tree-operations.ts';
import { stack } from '../support/tree-stacks.ts';

// TALLYMAN_FUZZ_EFFORT=10 makes ten times as many stacks, TALLYMAN_FUZZ_SEED those of a failure again.
const EFFORT = Number(process.env['TALLYMAN_FUZZ_EFFORT'] ?? 1);
const SEED = process.env['TALLYMAN_FUZZ_SEED'];
const RUNS = 300 * EFFORT;
const MOST_MILLISECONDS = 60_000 * EFFORT;
const ENOUGH_RUNS = 100;
const KINDS = ['visible', 'owned', 'introduced', 'deletedDatabases'] as const;

const style: fc.Arbitrary<TarStyle> = fc.record({
  omitsParents: fc.boolean(),
  whiteoutsLast: fc.boolean(),
  namesHidden: fc.boolean(),
  dotSlash: fc.boolean(),
});

/** What a merged tree is when it is cataloged as one layer, with nothing of ours that merges. */
interface Truth {
  readonly packages: readonly string[];
  readonly release: string | undefined;
  /** Files with packages in them that a package database claims. */
  readonly owned: readonly string[];
  /** `recordKey`s by `placeOf`. */
  readonly records: ReadonlyMap<string, ReadonlySet<string>>;
}

interface Built {
  readonly uppers: readonly string[];
  /** Copies of the merged tree after each layer. */
  readonly trees: readonly string[];
  /** After each layer. */
  readonly truths: readonly Truth[];
}

async function build(folder: string, layers: readonly (readonly Operation[])[]): Promise<Built> {
  const overlay = overlayStack(folder);
  const trees: string[] = [];
  const truths: Truth[] = [];
  for (const operations of layers) {
    await overlay.grow(async (merged) => {
      for (const operation of operations) apply(merged, operation);
      truths.push(await truthOf(merged));
      const tree = join(folder, `tree-${trees.length}`);
      cpSync(merged, tree, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      trees.push(tree);
    });
  }
  return { uppers: overlay.uppers, trees, truths };
}

async function truthOf(root: string): Promise<Truth> {
  const layer = await scanned(rootDirectorySource(root));
  const holders: string[] = [];
  const claimed = new Set<string>();
  const records = new Map<string, Set<string>>();
  for (const { cataloger, facts: all } of layer.facts) {
    const facts = all.filter(({ path }) => isInPlace(root, cataloger, path));
    const names = facts.flatMap(({ packages = [] }) => packages.map(({ name }) => name));
    for (const { path, packages = [], claims = [] } of facts) {
      const keys = records.get(placeOf(cataloger, path)) ?? new Set();
      for (const record of packages) keys.add(recordKey(record));
      records.set(placeOf(cataloger, path), keys);
      if (!OS_CATALOGERS.has(cataloger) && packages.length > 0) holders.push(path);
      for (const { owner, files } of claims) {
        if (!OS_CATALOGERS.has(cataloger) || !names.includes(owner)) continue;
        for (const file of files) claimed.add(resolveIn(root, file) ?? '');
      }
    }
  }
  const composition = compose([layer]);
  return {
    packages: described(packages([layer], composition)),
    release: composition.release?.id,
    owned: holders.filter((path) => claimed.has(path)).sort(),
    records,
  };
}

/** Where package managers look for their databases: a copy that lies elsewhere is none. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  dpkg: ['var/lib/dpkg'],
  apk: ['lib/apk/db', 'usr/lib/apk/db', 'var/lib/apk/db'],
  pacman: ['var/lib/pacman/local'],
};

const OF_DATABASE = /^(?:installed|status|(?:status\.d|info|updates)\/[^/]+|[^/]+\/(?:desc|files))$/;

function isInPlace(root: string, cataloger: string, path: string): boolean {
  const places = PLACES[cataloger];
  if (places === undefined) return true;
  return places.some((place) => {
    const folder = resolveIn(root, `${place}/.`);
    if (folder === undefined || !path.startsWith(`${folder}/`)) return false;
    return OF_DATABASE.test(path.slice(folder.length + 1));
  });
}

async function scanned(source: LayerSource): Promise<MergeLayer> {
  return scanLayer(source, 'sha256:test', catalogers);
}

function packages(layers: readonly MergeLayer[], composition: Composition): Package[] {
  return packagesOf(
    composition,
    (layer, id) => layers[layer]?.facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
}

function described(all: readonly Package[]): string[] {
  return all
    .filter(({ flags }) => flags?.includes('database-deleted') !== true)
    .flatMap(({ purl, flags, locations }) =>
      locations.map(({ path }) => `${purl} ${flags?.join(' ') ?? ''} at ${path}`),
    )
    .sort();
}

/** Holds merged layers against the mounted image. */
function check(layers: readonly MergeLayer[], truths: readonly Truth[]): Composition {
  const truth = truths.at(-1);
  assert.ok(truth);
  const composition = compose(layers);
  const found = packages(layers, composition);
  assert.deepEqual(described(found), truth.packages);
  assert.equal(composition.release?.id, truth.release);
  assert.deepEqual([...new Set(composition.owned.map(({ path }) => path))].sort(), truth.owned);
  const origins = new Map(
    composition.introduced.map(({ ref, package: key, layer }) => [
      `${ref.cataloger}\0${ref.path}\0${key}`,
      layer,
    ]),
  );
  for (const { layer, cataloger, path } of composition.visible) {
    const facts = layers[layer]?.facts.find((one) => one.cataloger === cataloger)?.facts ?? [];
    for (const record of facts.find((one) => one.path === path)?.packages ?? []) {
      const key = recordKey(record);
      const origin = origins.get(`${cataloger}\0${path}\0${key}`) ?? layer;
      assert.equal(origin, introducedBy(truths, placeOf(cataloger, path), key), path);
    }
  }
  return composition;
}

/** Where a package is evident: the databases of a distribution are one place. */
function placeOf(cataloger: string, path: string): string {
  const isDatabase = PLACES[cataloger] !== undefined && /\/(?:desc|status|installed)$/.test(path);
  return isDatabase ? cataloger : `${cataloger} ${path}`;
}

/** The first layer of those after which, without a gap, the image has the package in this place. */
function introducedBy(truths: readonly Truth[], place: string, key: string): number {
  return truths.findLastIndex(({ records }) => records.get(place)?.has(key) !== true) + 1;
}

async function checkAll(sources: readonly LayerSource[], truths: readonly Truth[]): Promise<Composition> {
  const layers: MergeLayer[] = [];
  for (const source of sources) layers.push(await scanned(source));
  return check(layers, truths);
}

/** One stack, read in every way that layers are kept. */
async function checkStack(
  folder: string,
  operations: readonly (readonly Operation[])[],
  tarStyle: TarStyle,
): Promise<Composition> {
  const { uppers, trees, truths } = await build(folder, operations);
  const tars = uppers.map((upper, at) => writeTar(layerEntries(upper, trees[at - 1], tarStyle)));
  await checkAll(
    tars.map((tar) => blobSource(blobOf(tar))),
    truths,
  );
  await checkAll(
    trees.map((tree, at) => fullDirectorySource(tree, trees[at - 1])),
    truths,
  );
  return checkAll(uppers.map(overlayDirectorySource), truths);
}

test(
  'any stack of layers comes to what its overlay mount holds',
  { skip: await needsOverlay() },
  async (t) => {
    let runs = 0;
    const seen = { visible: 0, owned: 0, introduced: 0, deletedDatabases: 0 };
    await inMemoryFolder((work) =>
      fc.assert(
        fc.asyncProperty(stack, style, async (operations, tarStyle) => {
          const folder = join(work, String((runs += 1)));
          mkdirSync(folder);
          const composition = await checkStack(folder, operations, tarStyle);
          for (const kind of KINDS) if (composition[kind].length > 0) seen[kind] += 1;
          rmSync(folder, { recursive: true });
        }),
        {
          numRuns: RUNS,
          interruptAfterTimeLimit: MOST_MILLISECONDS,
          ...(SEED !== undefined && { seed: Number(SEED) }),
        },
      ),
    );
    t.diagnostic(`${runs} stacks, of which had some ${JSON.stringify(seen)}`);
    // What is never made is not tested.
    for (const kind of KINDS) assert.ok(runs < ENOUGH_RUNS || seen[kind] > 0, kind);
  },
);
