import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { pear } from '../../agent/catalogers/pear/index.ts';
import { phpComposer } from '../../agent/catalogers/php-composer/index.ts';
import type { Fact } from '../../core/facts.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands } from '../support/requirements.ts';
import { errorsOf, foundPackages, runTool } from '../support/run-tool.ts';

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

/** `channel/name version` of every package that PEAR lists, and its files. */
function listedByPear(...options: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const packages = new Map<string, readonly string[]>();
  let channel = '';
  for (const line of runTool('pear', [...options, 'list', '-a']).split('\n')) {
    channel = /^INSTALLED PACKAGES, CHANNEL (\S+):/.exec(line)?.[1]?.toLowerCase() ?? channel;
    const [, name, version] = /^(\S+)\s+(\d\S*)\s+\w+\s*$/.exec(line) ?? [];
    if (name === undefined) continue;
    const table = runTool('pear', [...options, 'list-files', `${channel}/${name}`]);
    const files = [...table.matchAll(/^\w+\s+(\/\S+)\s*$/gm)].map(([, path = '']) => path);
    packages.set(`${channel}/${name} ${version}`, files.sort());
  }
  return packages;
}

function claimedFiles(facts: readonly Fact[]): readonly string[] {
  return facts.flatMap(({ claims = [] }) => claims.flatMap(({ files }) => files)).sort();
}

const registry = '/usr/share/php/.registry';

test(
  "Debian's PEAR packages are those that PEAR lists, with their files",
  { skip: !existsSync(registry) && 'needs php-pear' },
  () => {
    const facts = catalogDirectory('/usr/share/php', pear);
    const theirs = listedByPear();
    assert.ok(theirs.size > 3);
    assert.deepEqual(foundPackages(facts), [...theirs.keys()].sort());
    assert.deepEqual(
      claimedFiles(facts).map((path) => `/${path}`),
      [...theirs.values()].flat().sort(),
    );
    assert.deepEqual(errorsOf(facts), []);
  },
);

function packageXml(name: string, channel: string, version: string): string {
  const stability = '<stability><release>beta</release><api>beta</api></stability>';
  return `<?xml version="1.0"?>
<package version="2.0" xmlns="http://pear.php.net/dtd/package-2.0">
 <name>${name}</name><channel>${channel}</channel><summary>s</summary><description>d</description>
 <lead><name>A</name><user>a</user><email>a@example.org</email><active>yes</active></lead>
 <date>2024-01-01</date><version><release>${version}</release><api>1.0.0</api></version>${stability}
 <license uri="https://example.org">BSD</license><notes>n</notes>
 <contents><dir name="/"><file name="a.php" role="php" /></dir></contents>
 <dependencies><required><php><min>5.0</min></php><pearinstaller><min>1.4.0</min></pearinstaller></required></dependencies>
 <phprelease />
</package>`;
}

test('packages that PEAR installs are found as it lists them', { skip: needsCommands('pear') }, () => {
  const root = join(scratch, 'pear');
  mkdirSync(root);
  const configuration = join(root, '.pearrc');
  runTool('pear', ['config-create', root, configuration]);
  for (const [name, channel, version] of [
    ['Tally_Demo', 'pear.php.net', '1.0.0b2'],
    ['tallyext', 'pecl.php.net', '0.1.0'],
  ] as const) {
    const source = join(scratch, name);
    mkdirSync(source);
    writeFileSync(join(source, 'package.xml'), packageXml(name, channel, version));
    writeFileSync(join(source, 'a.php'), `<?php // ${name}`);
    runTool('pear', ['-c', configuration, 'install', '--offline', '--nodeps', '--force', 'package.xml'], {
      cwd: source,
    });
  }
  const facts = catalogDirectory(root, pear);
  const theirs = listedByPear('-c', configuration);
  assert.deepEqual([...theirs.keys()], ['pear.php.net/Tally_Demo 1.0.0b2', 'pecl.php.net/tallyext 0.1.0']);
  assert.deepEqual(foundPackages(facts), [...theirs.keys()].sort());
  assert.deepEqual(
    claimedFiles(facts).map((path) => relative(root, `/${path}`)),
    [...theirs.values()]
      .flat()
      .map((path) => relative(root, path))
      .sort(),
  );
});
