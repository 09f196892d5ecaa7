import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lua } from '../../agent/catalogers/lua/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-lua-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const tree = join(scratch, 'tree');
const luarocks = (...args: string[]): string =>
  runTool('luarocks', ['--tree', tree, '--lua-version', '5.1', ...args], { cwd: scratch });

function install(name: string, version: string, fields: string, ...options: readonly string[]): void {
  writeFileSync(join(scratch, `${name}.lua`), 'return {}\n');
  const file = `${name}-${version}.rockspec`;
  const text = `package = "${name}"
version = "${version}"
source = { url = "file://${join(scratch, `${name}.lua`)}" }
${fields}
build = { type = "builtin", modules = { ["${name}"] = "${name}.lua" } }
`;
  writeFileSync(join(scratch, file), text);
  luarocks(...options, 'make', '--deps-mode', 'none', file);
}

test('rocks are those that LuaRocks lists', { skip: needsCommands('luarocks') }, () => {
  mkdirSync(tree);
  install('tally-base', '1.0-1', 'description = { license = "MIT" }');
  install(
    'tally.more',
    'scm-2',
    `description = {\n  license = 'BSD' -- "no"\n}\ndependencies = { "lua >= 5.1", "tally-base ~> 1" }`,
  );
  install('tally_own', '0.1.0beta-12', '', '--namespace', 'someone');

  const facts = catalogDirectory(tree, lua);
  const listed = luarocks('list', '--porcelain')
    .trim()
    .split('\n')
    .map((line) => line.split('\t').slice(0, 2).join(' '));
  assert.equal(listed.length, 3);
  assert.deepEqual(
    foundPackages(facts)
      .map((one) => one.replace('someone/', ''))
      .sort(),
    listed.sort(),
  );
  assert.deepEqual(errorsOf(facts), []);

  const records = facts.flatMap(({ packages = [] }) => packages);
  for (const { name, licenses = [] } of records)
    assert.equal(licenses.join(), /^License:\s+(.*)$/m.exec(luarocks('show', name))?.[1] ?? '', name);
  assert.deepEqual(records.find(({ name }) => name === 'tally.more')?.dependencies, ['tally-base']);
  assert.equal(records.find(({ name }) => name === 'tally_own')?.namespace, 'someone');
});
