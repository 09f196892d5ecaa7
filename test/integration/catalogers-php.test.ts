import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { phpComposer } from '../../agent/catalogers/php-composer/index.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-php-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const libraries = [
  {
    name: 'acme/tool',
    version: 'v1.2.3',
    license: ['MIT', 'GPL-2.0-only'],
    require: { php: '>=7', 'acme/base': '^2' },
  },
  { name: 'Acme/Base', version: '2.0.0-RC1', license: 'proprietary' },
  { name: 'acme/all', version: '1.0', type: 'metapackage', require: { 'acme/tool': '*' } },
  { name: 'acme/checks', version: '0.9.0-beta2' },
];

const application = {
  name: 'acme/shop',
  version: '3.1',
  require: { 'acme/all': '*' },
  'require-dev': { 'acme/checks': '*' },
  'minimum-stability': 'dev',
  repositories: [
    { type: 'path', url: '../libraries/*', options: { symlink: false } },
    { 'packagist.org': false },
  ],
};

interface Shown {
  readonly name: string;
  readonly version?: string;
  readonly versions?: readonly string[];
  readonly licenses?: readonly { readonly osi?: string }[];
  readonly requires?: Readonly<Record<string, string>>;
}

test('PHP packages are those that Composer shows', { skip: needsCommands('composer', 'php') }, () => {
  for (const [at, library] of libraries.entries()) {
    const directory = join(scratch, 'libraries', String(at));
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'composer.json'), JSON.stringify(library));
  }
  const cwd = join(scratch, 'shop');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'composer.json'), JSON.stringify(application));
  const env = { COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_HOME: join(scratch, 'home') };
  const composer = (...args: string[]): string =>
    runTool('composer', [...args, '--no-interaction'], { cwd, env });
  composer('install', '--quiet');

  const facts = catalogDirectory(scratch, phpComposer);
  assert.deepEqual(errorsOf(facts), []);
  const records = facts.flatMap(({ packages = [] }) => packages);
  const theirs = (JSON.parse(composer('show', '--format=json')) as { installed: Shown[] }).installed;
  assert.deepEqual(
    records
      .filter(({ role }) => role === undefined)
      .map(({ namespace, name, version }) => `${namespace}/${name} ${version}`)
      .sort(),
    theirs.map(({ name, version }) => `${name} ${version}`).sort(),
  );
  assert.equal(theirs.length, libraries.length);

  const tool = JSON.parse(composer('show', 'acme/tool', '--format=json')) as Shown;
  const ours = records.find(({ name }) => name === 'tool');
  assert.deepEqual(
    ours?.licenses,
    tool.licenses?.map(({ osi }) => osi),
  );
  assert.deepEqual(
    ours?.dependencies,
    Object.keys(tool.requires ?? {}).filter((name) => name !== 'php'),
  );

  const self = JSON.parse(composer('show', '--self', '--format=json')) as Shown;
  const [root] = records.filter(({ role }) => role === 'application');
  assert.deepEqual([`${root?.namespace}/${root?.name}`, root?.version], [self.name, self.versions?.[0]]);
});
