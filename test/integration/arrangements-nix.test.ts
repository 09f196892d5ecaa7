import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { packagesIn, type Arrangement } from '../support/arrangements.ts';
import { inMemoryFolder, needsOverlay, overlayStack } from '../support/overlay-stack.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const FLAGS = ['--extra-experimental-features', 'nix-command'];
const skip = (await needsOverlay()) || needsCommands('nix', 'nix-instantiate', 'nix-store');

/** Nix at work: of what it deletes, path and record go; database and path are often written by different layers. */
test("packages of Nix's store and database in layers are those that Nix lists", { skip }, () =>
  inMemoryFolder(async (folder) => {
    const env = { HOME: folder, NIX_STATE_DIR: join(folder, 'state') };
    const nix = (command: string, ...args: readonly string[]): string =>
      runTool(command, args, { env }).trim();
    const add = (root: string, ...names: readonly string[]): void => {
      const files = names.map((name) => `(builtins.toFile "${name}" "${name}")`).join(' ');
      nix(
        'nix-instantiate',
        '--store',
        root,
        '--eval',
        '--read-write-mode',
        '--strict',
        '-E',
        `[ ${files} ]`,
      );
    };
    const list = (root: string): readonly string[] =>
      nix('nix', ...FLAGS, 'path-info', '--all', '--store', root)
        .split('\n')
        .toSorted();
    const remove = (root: string, name: string): void => {
      const path = list(root).find((one) => one.endsWith(`-${name}`)) ?? name;
      nix('nix-store', '--store', root, '--delete', path);
    };
    const layers: readonly Arrangement[] = [
      ['packages come', (root) => add(root, 'aa-1.0', 'bb-1.0', 'cc-1.0')],
      [
        'one is upgraded, one removed',
        (root) => {
          add(root, 'aa-2.0');
          for (const name of ['aa-1.0', 'bb-1.0']) remove(root, name);
        },
      ],
      ['the database changes its mode', (root) => chmodSync(join(root, 'nix/var/nix/db/db.sqlite'), 0o600)],
      ['one that was removed is back', (root) => add(root, 'bb-1.0')],
    ];
    const overlay = overlayStack(folder);
    for (const [name, change] of layers) {
      let told: readonly string[] = [];
      await overlay.grow(async (root) => {
        change(root);
        told = list(root).map((path) => basename(path).slice(33));
      });
      const found = (await packagesIn(overlay.uppers)).filter(({ type }) => type === 'nix');
      assert.deepEqual(found.map((one) => `${one.name}-${one.version}`).toSorted(), told.toSorted(), name);
    }
  }),
);
