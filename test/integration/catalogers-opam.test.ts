import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { opam } from '../../agent/catalogers/opam/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-opam-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const repository = join(scratch, 'repository');
const root = join(scratch, 'root');
const env = { OPAMROOT: root, OPAMYES: '1', OPAMCOLOR: 'never', OPAMROOTISOK: '1', OPAMSWITCH: 'tree' };
const run = (...args: readonly string[]): string => runTool('opam', args, { cwd: scratch, env });

/** A package without sources, in the repository. */
function offer(name: string, version: string, fields: string): void {
  const folder = join(repository, 'packages', name, `${name}.${version}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'opam'), `opam-version: "2.0"\n${fields}\n`);
}

test('packages are those that opam lists in its switch', { skip: needsCommands('opam') }, () => {
  mkdirSync(repository);
  writeFileSync(join(repository, 'repo'), 'opam-version: "2.0"\n');
  offer('tally-base', '1.0~beta1', 'license: "MIT"');
  offer('tally_more', 'v0.16.2+x', 'license: ["MIT" "BSD-3-Clause"]\ndepends: ["tally-base" {>= "1.0~a"}]');
  offer('tally+conf', '3', 'depends: [("tally-none" | "tally-base") "tally_more" {= "v0.16.2+x"}]');
  offer('tally-gone', '1', '');
  offer('tally-never', '1', '');
  run('init', '--bare', '--disable-sandboxing', '--no-setup', '--kind=local', 'default', repository);
  run('switch', 'create', 'tree', '--empty');
  run('install', 'tally+conf', 'tally-gone');
  run('remove', 'tally-gone');

  const facts = catalogDirectory(root, opam);
  const listed = run('list', '--installed', '--short', '--columns=name,installed-version', '--separator= ')
    .trim()
    .split('\n')
    .map((line) => line.replace(/ +/, ' ').trim());
  assert.equal(listed.length, 3);
  assert.deepEqual(foundPackages(facts), listed.toSorted());
  assert.deepEqual(errorsOf(facts), []);

  for (const { name, version, licenses = [], dependencies = [] } of facts.flatMap(
    ({ packages = [] }) => packages,
  )) {
    const stated = run('show', '--field=license:', `${name}.${version}`);
    assert.deepEqual(
      licenses,
      [...stated.matchAll(/"([^"]+)"/g)].map(([, one]) => one),
      name,
    );
    const needed = run('list', '--installed', '--short', `--required-by=${name}`).split('\n').filter(Boolean);
    assert.deepEqual(dependencies.filter((one) => one !== 'tally-none').toSorted(), needed.toSorted(), name);
  }
});
