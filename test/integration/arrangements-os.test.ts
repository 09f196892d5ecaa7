import assert from 'node:assert/strict';
import { chmodSync, cpSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { Package } from '../../core/composition.ts';
import { OS_CATALOGERS } from '../../core/ownership.ts';
import { arrangedImage, inOneLayer, type Step } from '../support/arranged-image.ts';
import { inMemoryFolder, needsOverlay } from '../support/overlay-stack.ts';
import type { PackageTool } from '../support/package-tool.ts';
import { packageTools } from '../support/package-tools.ts';
import { statOf } from '../support/tree-operations.ts';

/** Layers in which a package database comes to what it is, base first. */
interface Arrangement {
  readonly name: string;
  layers(tool: PackageTool): readonly Step[];
  /** The layer that takes the database away. */
  readonly deletedBy?: number;
  /** False where a tool has no file that this could be done to. */
  applies?(tool: PackageTool): boolean;
}

const A1 = 'aa 1.0-1';
const A2 = 'aa 2.0-1';
const B1 = 'bb 1.0-1';
const B2 = 'bb 1.1-1';
const C1 = 'cc 3-1';

const install =
  (tool: PackageTool, ...packages: readonly string[]): Step =>
  (root) =>
    tool.install(root, ...packages);
const remove =
  (tool: PackageTool, name: string): Step =>
  (root) =>
    tool.remove(root, name);
const deleteAll =
  (path: string): Step =>
  (root) =>
    rmSync(join(root, path), { recursive: true });
const makeFolder =
  (path: string): Step =>
  (root) =>
    void mkdirSync(join(root, path), { recursive: true });
const nothing: Step = () => undefined;

const ARRANGEMENTS: readonly Arrangement[] = [
  {
    name: 'packages come, change and go',
    layers: (tool) => [
      install(tool, A1, B1),
      install(tool, C1),
      install(tool, B2),
      inOneLayer(remove(tool, 'aa'), nothing),
    ],
  },
  {
    name: 'a package goes and comes again',
    layers: (tool) => [install(tool, A1, B1), remove(tool, 'aa'), install(tool, A1)],
  },
  {
    name: 'a package is upgraded and downgraded',
    layers: (tool) => [install(tool, A1, B1), install(tool, A2), install(tool, A1)],
  },
  {
    name: 'layers without any change',
    layers: (tool) => [nothing, install(tool, A1), nothing, nothing, install(tool, B1), nothing],
  },
  {
    name: 'the database is deleted',
    layers: (tool) => [install(tool, A1), install(tool, B1), deleteAll(tool.database), nothing],
    deletedBy: 2,
  },
  {
    name: 'a folder above the database is deleted',
    layers: (tool) => [install(tool, A1, B1), deleteAll(tool.database.split('/')[0] ?? '')],
    deletedBy: 1,
  },
  {
    name: 'the database is emptied',
    layers: (tool) => [
      install(tool, A1, B1),
      inOneLayer(deleteAll(tool.database), makeFolder(tool.database)),
    ],
    deletedBy: 1,
  },
  {
    name: 'the database begins anew in one layer',
    layers: (tool) => [
      install(tool, A1, B1),
      inOneLayer(deleteAll(tool.database), makeFolder(tool.database), install(tool, B1, C1)),
    ],
  },
  {
    name: 'the database is deleted, and begins anew in a later layer',
    layers: (tool) => [install(tool, A1, B1), deleteAll(tool.database), install(tool, B1, C1)],
  },
  {
    name: 'a file takes the place of the database',
    layers: (tool) => [
      install(tool, A1),
      inOneLayer(deleteAll(tool.database), (root) => writeFileSync(join(root, tool.database), '')),
    ],
    deletedBy: 1,
  },
  {
    name: 'a link that leads nowhere takes the place of the database',
    layers: (tool) => [
      install(tool, A1),
      inOneLayer(deleteAll(tool.database), (root) => symlinkSync('/nowhere', join(root, tool.database))),
    ],
    deletedBy: 1,
  },
  {
    name: 'a neighbor of a similar name comes and goes',
    layers: (tool) => [
      inOneLayer(install(tool, A1), (root) =>
        cpSync(join(root, tool.database), join(root, `${tool.database}-old`), { recursive: true }),
      ),
      install(tool, B1),
      deleteAll(`${tool.database}-old`),
    ],
  },
  {
    name: 'the database is copied up by a change of mode',
    layers: (tool) => [install(tool, A1, B1), (root) => chmodSync(join(root, tool.file ?? ''), 0o600)],
    applies: ({ file }) => file !== undefined,
  },
  {
    name: 'the database is a hard link',
    layers: (tool) => [
      install(tool, A1, B1),
      (root) => {
        const file = join(root, tool.file ?? '');
        linkSync(file, `${file}-kept`);
      },
      (root) => rmSync(`${join(root, tool.file ?? '')}-kept`),
    ],
    applies: ({ file }) => file !== undefined,
  },
  {
    name: 'the file of the database is emptied',
    layers: (tool) => [install(tool, A1, B1), (root) => writeFileSync(join(root, tool.file ?? ''), '')],
    deletedBy: 1,
    applies: ({ file }) => file !== undefined,
  },
  // Of the others, arrangements-os-moved.test.ts.
  {
    name: 'the database moves, and a link leads to it',
    layers: (tool) => [
      install(tool, A1, B1),
      (root) => moveAndLink(root, tool.database, 'usr/moved/database'),
    ],
    deletedBy: 1,
    applies: ({ isFixed }) => isFixed === true,
  },
];

function moveAndLink(root: string, from: string, to: string): void {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  cpSync(join(root, from), join(root, to), { recursive: true });
  rmSync(join(root, from), { recursive: true });
  symlinkSync(`/${to}`, join(root, from));
}

async function check(folder: string, tool: PackageTool, arrangement: Arrangement): Promise<void> {
  const { deletedBy } = arrangement;
  const told: string[][] = [];
  const { composition, packages } = await arrangedImage(folder, arrangement.layers(tool), async (root) => {
    const isGone = deletedBy !== undefined && told.length >= deletedBy;
    const isThere = statOf(join(root, tool.file ?? tool.database)) !== undefined;
    told.push(isThere && !isGone ? (await tool.list(root)).sort() : []);
  });
  const ours = packages.filter(({ locations }) => locations[0]?.cataloger === tool.cataloger);
  const left = ours.filter((one) => !isDeleted(one));
  assert.deepEqual(left.map(nameVersion).sort(), told.at(-1));
  const lost = OS_CATALOGERS.has(tool.cataloger) ? told[(deletedBy ?? 0) - 1] : undefined;
  assert.deepEqual(ours.filter(isDeleted).map(nameVersion).sort(), lost ?? []);
  for (const { layer } of composition.deletedDatabases) assert.equal(layer, deletedBy);
  for (const one of left) {
    const introducedBy = told.findLastIndex((list) => !list.includes(nameVersion(one))) + 1;
    for (const location of one.locations) assert.equal(location.introducedBy, introducedBy, one.purl);
  }
}

function isDeleted({ flags }: Package): boolean {
  return flags?.includes('database-deleted') === true;
}

function nameVersion({ name, version }: Package): string {
  return `${name} ${version}`;
}

test(
  'package databases in layers, as each tool reads the image',
  { skip: await needsOverlay() },
  async (t) => {
    await inMemoryFolder(async (work) => {
      for (const tool of packageTools(work)) {
        for (const [at, arrangement] of ARRANGEMENTS.entries()) {
          if (arrangement.applies?.(tool) === false) continue;
          const folder = join(work, `${tool.name.split(' ').join('-')}-${at}`);
          await t.test(`${tool.name}: ${arrangement.name}`, { skip: tool.skip }, () =>
            check(folder, tool, arrangement),
          );
          rmSync(folder, { recursive: true, force: true });
        }
      }
    });
  },
);
