import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { catalogers } from '../../agent/catalogers/index.ts';
import { overlayDirectorySource } from '../../agent/layers/directory/overlay-directory.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { compose, type MergeLayer } from '../../core/compose.ts';
import type { Package } from '../../core/composition.ts';
import { packagesOf } from '../../core/merge.ts';
import { inMemoryFolder, needsOverlay, overlayStack } from './overlay-stack.ts';
import { runTool, type ToolOptions } from './run-tool.ts';

/** What a layer does to the tree below it, and what it shows. */
export type Arrangement = readonly [name: string, change: (root: string) => void];

/** That a file tells of a package, which is `NAMESPACE/NAME@VERSION`. */
export type Listed = readonly [file: string, told: string];

/** A kind of package each of which lies in a file, or in a folder with a file that tells of it. */
export interface Kind {
  readonly name: string;
  readonly cataloger: string;
  /** Where packages lie, and where that can be moved to. */
  readonly folder: string;
  readonly moved?: string;
  /** The file that tells of a package, below that. All names have five letters, all versions five characters. */
  readonly file: (name: string, version: string) => string;
  readonly content: (name: string, version: string) => string | Uint8Array;
  /** What such a file may hold and tell of no package. None where the place alone tells. */
  readonly nothing?: string;
  /** What these files tell of, which are all files of several trees: by the ecosystem's own tool where there is one. */
  readonly list: (files: readonly string[]) => Iterable<Listed>;
  /** Further layers, which only this kind can have. */
  readonly more?: readonly Arrangement[];
}

const VERSIONS = ['1.0.0', '2.0.0', '3.0.0'];

/** Each trap of layers that packages of single files can fall into, one a layer. */
function arrangementsOf(kind: Kind): readonly Arrangement[] {
  const { folder, file, content, nothing, moved = 'opt/moved', more = [] } = kind;
  const place = (root: string, name: string, below = ''): string =>
    join(root, folder, below, file(name, '1.0.0'));
  function put(path: string, name: string, version: string): void {
    for (const other of VERSIONS) rmSync(join(path, file(name, other)), { force: true });
    write(join(path, file(name, version)), content(name, version));
    chmodSync(join(path, file(name, version)), 0o755);
  }
  const arrangements: readonly Arrangement[] = [
    [
      'packages come',
      (root) => {
        for (const name of ['alpha', 'bravo', 'delta', 'gamma']) put(join(root, folder), name, '1.0.0');
        for (const name of ['kappa', 'omega']) put(join(root, folder, 'below'), name, '1.0.0');
        put(join(root, folder, 'other'), 'sigma', '1.0.0');
        put(join(root, folder, 'gone'), 'theta', '1.0.0');
        put(join(root, folder, 'gone-not'), 'tango', '1.0.0');
      },
    ],
    [
      'one is replaced in place, one removed',
      (root) => {
        put(join(root, folder), 'alpha', '2.0.0');
        rmSync(place(root, 'bravo'));
      },
    ],
    [
      'a folder is made anew, without what was in it',
      (root) => {
        rmSync(join(root, folder, 'below'), { recursive: true });
        put(join(root, folder, 'below'), 'kappa', '2.0.0');
      },
    ],
    [
      'a folder becomes a file',
      (root) => {
        rmSync(join(root, folder, 'other'), { recursive: true });
        write(join(root, folder, 'other'), 'a file in place of a folder');
      },
    ],
    [
      'a folder is removed, its neighbor of a similar name is not',
      (root) => rmSync(join(root, folder, 'gone'), { recursive: true }),
    ],
    ['nothing changes', () => undefined],
    ['its mode changes', (root) => chmodSync(place(root, 'delta'), 0o700)],
    [
      'one is there twice, as a hard link',
      (root) => {
        mkdirSync(dirname(place(root, 'delta', 'linked')), { recursive: true });
        linkSync(place(root, 'delta'), place(root, 'delta', 'linked'));
      },
    ],
    ['one that was removed is back', (root) => put(join(root, folder), 'bravo', '1.0.0')],
    [
      'all are moved, with a link left behind',
      (root) => {
        cpSync(join(root, folder), join(root, moved), { recursive: true });
        rmSync(join(root, folder), { recursive: true });
        symlinkSync(`/${moved}`, join(root, folder));
      },
    ],
    [
      'one is replaced where the link leads',
      (root) => {
        rmSync(join(root, moved, file('alpha', '2.0.0')));
        put(join(root, moved), 'alpha', '3.0.0');
      },
    ],
    ['the link goes', (root) => rmSync(join(root, folder))],
  ];
  const silenced: readonly Arrangement[] = [
    [
      'one becomes what says nothing, one is emptied',
      (root) => {
        write(join(root, moved, file('gamma', '1.0.0')), nothing ?? '');
        write(join(root, moved, 'gone-not', file('tango', '1.0.0')), '');
      },
    ],
  ];
  return [...arrangements, ...(nothing === undefined ? [] : silenced), ...more];
}

/** A test for each kind; one whose reader or tools are missing is skipped with the reason. */
export async function testInLayers(
  kinds: readonly (readonly [kind: Kind, skip: string | false])[],
): Promise<void> {
  const skipOverlay = await needsOverlay();
  for (const [kind, skip] of kinds)
    test(
      `in layers, packages are those of the mounted tree: ${kind.name}`,
      { skip: skipOverlay || skip },
      () => compareLayers(kind),
    );
}

/**
 * After each layer, what we make of all layers so far must be what is listed of the mounted tree: each package in its
 * place, since the layer from which on it is there. Needs root.
 */
async function compareLayers(kind: Kind): Promise<void> {
  await inMemoryFolder(async (folder) => {
    const overlay = overlayStack(folder);
    const arrangements = arrangementsOf(kind);
    const trees = arrangements.map((_, at) => join(folder, `tree-${at}`));
    for (const [at, [, change]] of arrangements.entries()) {
      await overlay.grow(async (merged) => {
        change(merged);
        cpSync(merged, trees[at] ?? '', { recursive: true, verbatimSymlinks: true });
      });
    }
    const listed = [...kind.list(trees.flatMap(filesOf))];
    const told = trees.map((tree) =>
      listed.flatMap(([file, one]) =>
        file.startsWith(`${tree}/`) ? [`${relative(tree, file)} ${one}`] : [],
      ),
    );
    assert.ok((told[0]?.length ?? 0) >= 9, `of ${kind.name}, too few are listed`);
    const layers = await scanned(overlay.uppers);
    for (const [at, [name]] of arrangements.entries()) {
      const expected = [...new Set(told[at])].map((one) => {
        const since = told.slice(0, at + 1).findLastIndex((earlier) => !earlier.includes(one)) + 1;
        return `${one} since ${since}`;
      });
      const found = packages(layers.slice(0, at + 1)).flatMap((one) =>
        one.locations
          .filter(({ cataloger }) => cataloger === kind.cataloger)
          .map(({ path, introducedBy }) => `${path} ${nameOf(one)} since ${introducedBy}`),
      );
      assert.deepEqual(found.toSorted(), expected.toSorted(), name);
    }
  });
}

/** The packages of an image whose layers changed what is in these folders, base first. */
export async function packagesIn(uppers: readonly string[]): Promise<readonly Package[]> {
  return packages(await scanned(uppers));
}

async function scanned(uppers: readonly string[]): Promise<readonly MergeLayer[]> {
  const layers: MergeLayer[] = [];
  for (const [at, upper] of uppers.entries())
    layers.push(await scanLayer(overlayDirectorySource(upper), `sha256:${at}`, catalogers));
  return layers;
}

function packages(layers: readonly MergeLayer[]): readonly Package[] {
  return packagesOf(
    compose(layers),
    (at, id) => layers[at]?.facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
}

function nameOf({ namespace, name, version }: Package): string {
  return `${namespace === undefined ? '' : `${namespace}/`}${name}@${version}`;
}

function filesOf(tree: string): readonly string[] {
  return readdirSync(tree, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );
}

/** What a program says of these files, all at once: on each line a file, a tab, and a package in it. */
export function listedBy(
  command: string,
  args: readonly string[],
  files: readonly string[],
  options: ToolOptions = {},
): readonly Listed[] {
  return runTool(command, [...args, ...files], options)
    .split('\n')
    .flatMap((line): Listed[] => {
      const [file = '', told] = line.split('\t');
      return told === undefined ? [] : [[file, told]];
    });
}

/** What the format's text says of these files, each by itself; undefined of those that tell nothing. */
export function listedAs(
  read: (path: string, text: string) => string | undefined,
): (files: readonly string[]) => readonly Listed[] {
  return (files) =>
    files.flatMap((file): Listed[] => {
      const told = read(file, readFileSync(file, 'utf8'));
      return told === undefined ? [] : [[file, told]];
    });
}

/** Writes a file, with the folders above it. */
export function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** What is made once, when it is first asked for. */
export function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
