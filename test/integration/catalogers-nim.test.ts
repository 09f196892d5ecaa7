import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nim } from '../../agent/catalogers/nim/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-nim-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const home = join(scratch, 'nimble');

function nimble(cwd: string, ...args: readonly string[]): string {
  return runTool('nimble', [`--nimbleDir:${home}`, ...args], { cwd, env: { HOME: scratch } });
}

function install(name: string, version: string, license: string, requires = ''): void {
  const folder = join(scratch, name);
  mkdirSync(folder);
  writeFileSync(join(folder, `${name}.nim`), 'proc nothing*() = discard\n');
  writeFileSync(
    join(folder, `${name}.nimble`),
    `version = "${version}"\nauthor = "a"\ndescription = "b"\nlicense = "${license}"\nrequires "nim >= 1.0"${requires}\n`,
  );
  nimble(folder, 'install', '-y');
}

test('packages are those that Nimble lists as installed', { skip: needsCommands('nim', 'nimble') }, () => {
  mkdirSync(home);
  // It asks no network when it has a list of what there is.
  writeFileSync(join(home, 'packages_official.json'), '[]');
  install('tallybase', '1.2.0', 'MIT');
  install('tally_more', '0.3.1', 'Apache-2.0', '\nrequires "tallybase"');
  install('tallygone', '2.0', 'MIT');
  nimble(scratch, 'uninstall', '-y', 'tallygone');

  const facts = catalogDirectory(scratch, nim);
  const listed = nimble(scratch, 'list', '--installed')
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+\[(.*)\]$/, ' $1'));
  assert.equal(listed.length, 2);
  assert.deepEqual(foundPackages(facts), listed.toSorted());
  assert.deepEqual(errorsOf(facts), []);
  const records = facts.flatMap(({ packages = [] }) => packages);
  assert.deepEqual(
    records
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, licenses, dependencies }) => [name, licenses, dependencies]),
    [
      ['tally_more', ['Apache-2.0'], ['tallybase']],
      ['tallybase', ['MIT'], undefined],
    ],
  );
});
