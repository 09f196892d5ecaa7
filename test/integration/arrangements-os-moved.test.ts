import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { arrangedImage, type ArrangedImage } from '../support/arranged-image.ts';
import { inMemoryFolder, needsOverlay } from '../support/overlay-stack.ts';
import type { PackageTool } from '../support/package-tool.ts';
import { packageTools } from '../support/package-tools.ts';

/** As these write the last part of a version. */
const RELEASES: Readonly<Record<string, string>> = { apk: 'r0', portage: 'r1' };

/** Images whose package database was moved to where no distribution has it, so that only a link leads there. */
test('package databases behind links', { skip: await needsOverlay() }, async (t) => {
  await inMemoryFolder(async (work) => {
    for (const tool of packageTools(work).filter(({ isFixed }) => isFixed !== true)) {
      const release = RELEASES[tool.cataloger] ?? '1';
      await t.test(tool.name, { skip: tool.skip }, (one) => moved(one, tool, release, join(work, tool.name)));
    }
  });
});

async function moved(
  t: { test(name: string, run: () => Promise<void>): Promise<void> },
  tool: PackageTool,
  release: string,
  folder: string,
): Promise<void> {
  const { database } = tool;
  const install = (root: string, ...names: readonly string[]): Promise<void> =>
    tool.install(root, ...names.map((name) => `${name}-${release}`));

  await t.test('what the link leads to counts, since the layer that brought each package', async () => {
    let told: readonly string[] = [];
    const image = await arrangedImage(join(folder, 'moved'), [
      (root) => install(root, 'aa 1', 'bb 1'),
      (root) => moveBehindLink(root, database, 'opt/state/packages'),
      async (root) => {
        await install(root, 'bb 2', 'cc 1');
        told = await tool.list(root);
      },
    ]);
    assert.deepEqual(told.toSorted(), [`aa 1-${release}`, `bb 2-${release}`, `cc 1-${release}`]);
    assert.deepEqual(identities(image), [
      `aa 1-${release} from 0`,
      `bb 2-${release} from 2`,
      `cc 1-${release} from 2`,
    ]);
    assert.deepEqual(image.composition.deletedDatabases, []);
  });

  await t.test('links on the way count, and links to links', async () => {
    const top = database.split('/')[0] ?? '';
    let told: readonly string[] = [];
    const image = await arrangedImage(join(folder, 'chain'), [
      (root) => install(root, 'aa 1'),
      (root) => {
        moveBehindLink(root, database, 'opt/one');
        moveBehindLink(root, top, 'data/two');
        // A link in a folder that moved leads on from there.
        const link = join('data/two', database.slice(top.length));
        unlinkSync(join(root, link));
        symlinkSync(relative(dirname(link), 'opt/one'), join(root, link));
      },
      (root) => moveBehindLink(root, 'opt', 'data/three'),
      async (root) => {
        await install(root, 'bb 1');
        told = await tool.list(root);
      },
    ]);
    assert.deepEqual(told.toSorted(), [`aa 1-${release}`, `bb 1-${release}`]);
    assert.deepEqual(identities(image), [`aa 1-${release} from 0`, `bb 1-${release} from 3`]);
  });

  await t.test('a link may begin at the root of the image', async () => {
    const image = await arrangedImage(join(folder, 'from-the-root'), [
      (root) => install(root, 'aa 1'),
      (root) => {
        moveBehindLink(root, database, 'opt/state/packages');
        unlinkSync(join(root, database));
        symlinkSync('/opt/state/packages', join(root, database));
      },
    ]);
    assert.deepEqual(identities(image), [`aa 1-${release} from 0`]);
    assert.deepEqual(image.composition.deletedDatabases, []);
  });

  await t.test('a database that nothing leads to is none', async () => {
    const image = await arrangedImage(join(folder, 'beside'), [
      (root) => install(root, 'aa 1'),
      (root) => install(join(root, 'srv/other-root'), 'xx 1'),
      (root) => {
        cpSync(join(root, database), join(root, 'srv/copy'), { recursive: true });
      },
    ]);
    assert.deepEqual(identities(image), [`aa 1-${release} from 0`]);
  });

  await t.test('without its link it is deleted; with a new one it is back', async () => {
    const steps = [
      (root: string): Promise<void> => install(root, 'aa 1'),
      (root: string): void => moveBehindLink(root, database, 'opt/state'),
      (root: string): void => unlinkSync(join(root, database)),
    ];
    const image = await arrangedImage(join(folder, 'cut'), steps);
    assert.deepEqual(flags(image), ['aa database-deleted']);
    assert.deepEqual([...new Set(image.composition.deletedDatabases.map(({ layer }) => layer))], [2]);
    const again = await arrangedImage(join(folder, 'again'), [
      ...steps,
      (root) => symlinkSync(relative(dirname(database), 'opt/state'), join(root, database)),
    ]);
    assert.deepEqual(flags(again), ['aa']);
  });
}

function identities({ packages }: ArrangedImage): string[] {
  return packages
    .map(({ name, version, locations }) => {
      const origin = Math.min(...locations.map(({ introducedBy }) => introducedBy));
      return `${name} ${version} from ${origin}`;
    })
    .sort();
}

function flags({ packages }: ArrangedImage): string[] {
  return packages.map(({ name, flags: some = [] }) => [name, ...some].join(' '));
}

function moveBehindLink(root: string, from: string, to: string): void {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  cpSync(join(root, from), join(root, to), { recursive: true, verbatimSymlinks: true });
  rmSync(join(root, from), { recursive: true });
  symlinkSync(relative(dirname(from), to), join(root, from));
}
