import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { nix } from '../../agent/catalogers/nix/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-nix-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const store = join(scratch, 'root');

const names = [
  ...Array.from({ length: 150 }, (_, at) => `package${at}-${at}.${at % 7}`),
  'glibc-2.38-27',
  'python3.11-typing-extensions-4.9.0',
  'linux-headers-6.7',
  'tzdata-2024a',
  'tool-without-version',
  'user-environment',
  'script.sh',
  'a-1.0.tar.gz',
];

/** Files in the store under these names, each of which refers to the one before. */
const fill = `
builtins.foldl' (before: name: [ (builtins.toFile name "refers to \${toString before}") ]) [] [
  ${names.map((name) => `"${name}"`).join(' ')}
]`;

interface PathInfo {
  readonly path: string;
  readonly references: readonly string[];
}

test(
  "packages are what Nix's store holds, named and needing each other as Nix has it",
  { skip: needsCommands('nix-instantiate', 'nix') },
  () => {
    const home = { HOME: scratch, NIX_STATE_DIR: join(scratch, 'state') };
    const expression = join(scratch, 'fill.nix');
    writeFileSync(expression, fill);
    runTool('nix-instantiate', ['--store', store, '--eval', '--read-write-mode', '--strict', expression], {
      env: home,
    });
    const flags = ['--extra-experimental-features', 'nix-command'];
    const info = JSON.parse(
      runTool('nix', [...flags, 'path-info', '--all', '--json', '--store', store], { env: home }),
    ) as readonly PathInfo[];
    assert.equal(info.length, names.length);

    const nameOf = (path: string): string => basename(path).slice(33);
    const list = info.map(({ path }) => `"${nameOf(path)}"`).join(' ');
    const split = JSON.parse(
      runTool(
        'nix-instantiate',
        ['--store', store, '--eval', '--strict', '--json', '-E', `map builtins.parseDrvName [${list}]`],
        { env: home },
      ),
    ) as readonly { readonly name: string; readonly version: string }[];
    const known = new Map(info.map(({ path }, at) => [path, split[at]]));
    const isPackage = (path: string): boolean => known.get(path)?.version !== '' && !path.endsWith('.tar.gz');
    const theirs = info
      .filter(({ path }) => isPackage(path))
      .map(({ path, references }) => {
        const needed = references.filter(isPackage).map((one) => known.get(one)?.name);
        return `${known.get(path)?.name} ${known.get(path)?.version} [${needed.sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1)).join(',')}]`;
      });

    const facts = catalogDirectory(store, nix);
    assert.deepEqual(errorsOf(facts), []);
    const [database] = facts.filter(({ path }) => path.endsWith('db.sqlite'));
    const ours = (database?.packages ?? []).map(
      ({ name, version, dependencies = [] }) => `${name} ${version} [${dependencies.toSorted().join(',')}]`,
    );
    assert.deepEqual(ours.sort(), theirs.sort());
    assert.equal(database?.truncated, undefined);

    const identity = ({ name, version }: { name: string; version: string }): string => `${name} ${version}`;
    const fromNames = facts
      .filter((one) => one !== database)
      .flatMap(({ packages = [] }) => packages.map(identity));
    assert.deepEqual(fromNames.sort(), (database?.packages ?? []).map(identity).sort());
  },
);
