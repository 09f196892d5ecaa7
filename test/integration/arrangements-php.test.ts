import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compareLayers, write, type Arrangement } from '../support/arrangements.ts';
import { needsOverlay } from '../support/overlay-stack.ts';
import { needsCommands } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const skipOverlay = await needsOverlay();
const scratch = mkdtempSync(join(tmpdir(), 'tallyman-php-layers-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const shop = 'srv/shop';
const tool = 'opt/tool';
const PROJECTS = [shop, tool, 'srv/moved'];

/** What Composer leaves of these packages: its list, by either of its formats, and a folder each. */
function installed(
  root: string,
  project: string,
  packages: Readonly<Record<string, string>>,
  format: 1 | 2 = 2,
): void {
  const list = Object.entries(packages).map(([name, version]) => ({
    name,
    version,
    version_normalized: `${version}.0`,
    type: 'library',
    'install-path': `../${name}`,
  }));
  write(join(root, project, 'composer.json'), JSON.stringify({ name: 'acme/app' }));
  const document = format === 1 ? list : { packages: list, dev: true, 'dev-package-names': [] };
  write(join(root, project, 'vendor/composer/installed.json'), JSON.stringify(document));
  for (const { name } of list) write(join(root, project, 'vendor', name, 'composer.json'), '{}');
}

const composerArrangements: readonly Arrangement[] = [
  [
    'packages come, of two projects',
    (root) => {
      installed(root, shop, { 'acme/one': '1.0.0', 'acme/two': '1.0.0', 'acme/three': '1.0.0' });
      installed(root, tool, { 'acme/one': '0.9.0', 'acme/four': '4.0.0' }, 1);
    },
  ],
  [
    'one is upgraded, one removed',
    (root) => {
      installed(root, shop, { 'acme/one': '2.0.0', 'acme/three': '1.0.0' });
      rmSync(join(root, shop, 'vendor/acme/two'), { recursive: true });
    },
  ],
  [
    'the list changes its mode',
    (root) => chmodSync(join(root, shop, 'vendor/composer/installed.json'), 0o600),
  ],
  [
    'a folder is made anew',
    (root) => {
      rmSync(join(root, shop, 'vendor'), { recursive: true });
      installed(root, shop, { 'acme/five': '5.0.0' });
    },
  ],
  ['a project is removed', (root) => rmSync(join(root, tool), { recursive: true })],
  [
    'a project is moved, with a link left behind',
    (root) => {
      cpSync(join(root, shop), join(root, 'srv/moved'), { recursive: true });
      rmSync(join(root, shop), { recursive: true });
      symlinkSync('moved', join(root, shop));
    },
  ],
  ['a project that was removed is back', (root) => installed(root, tool, { 'acme/four': '4.0.0' })],
];

function composerList(root: string): readonly string[] {
  const env = { COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_HOME: join(scratch, 'home') };
  return PROJECTS.map((project) => join(root, project))
    .filter((cwd) => existsSync(cwd))
    .flatMap((cwd) => {
      const text = runTool('composer', ['show', '--format=json', '--no-interaction'], { cwd, env });
      const known = JSON.parse(text) as { installed?: { name: string; version: string }[] };
      return (known.installed ?? []).map(({ name, version }) => `${name}@${version}`);
    });
}

test(
  'PHP packages of layers are those that Composer shows in the mounted tree',
  { skip: skipOverlay || needsCommands('composer') },
  () => compareLayers('composer', composerArrangements, composerList),
);

const home = 'usr/local/pear';

function packageXml(name: string, version: string): string {
  const stability = '<stability><release>stable</release><api>stable</api></stability>';
  return `<?xml version="1.0"?>
<package version="2.0" xmlns="http://pear.php.net/dtd/package-2.0">
 <name>${name}</name><channel>pear.php.net</channel><summary>s</summary><description>d</description>
 <lead><name>A</name><user>a</user><email>a@example.org</email><active>yes</active></lead>
 <date>2024-01-01</date><version><release>${version}</release><api>1.0.0</api></version>${stability}
 <license uri="https://example.org">BSD</license><notes>n</notes>
 <contents><dir name="/"><file name="${name}.php" role="php" /></dir></contents>
 <dependencies><required><php><min>5.0</min></php><pearinstaller><min>1.4.0</min></pearinstaller></required></dependencies>
 <phprelease />
</package>`;
}

/** Runs PEAR on the tree, which is mounted elsewhere for each layer: its settings lie beside it. */
function pear(root: string, args: readonly string[], cwd = scratch): string {
  const settings = join(root, '../pearrc');
  if (!existsSync(settings)) runTool('pear', ['config-create', join(root, home), settings]);
  return runTool('pear', ['-c', settings, ...args], { cwd });
}

function pearInstall(root: string, name: string, version: string): void {
  const source = join(scratch, `${name}-${version}`);
  write(join(source, 'package.xml'), packageXml(name, version));
  write(join(source, `${name}.php`), `<?php // ${name} ${version}`);
  pear(root, ['upgrade', '--offline', '--nodeps', '--force', 'package.xml'], source);
}

const registry = `${home}/pear/php/.registry`;

const pearArrangements: readonly Arrangement[] = [
  [
    'packages come',
    (root) => {
      for (const name of ['One', 'Two', 'Three']) pearInstall(root, name, '1.0.0');
    },
  ],
  [
    'one is upgraded, one removed',
    (root) => {
      pearInstall(root, 'One', '2.0.0');
      pear(root, ['uninstall', '--nodeps', 'Two']);
    },
  ],
  ['a record changes its mode', (root) => chmodSync(join(root, registry, 'three.reg'), 0o600)],
  ['one that was removed is back', (root) => pearInstall(root, 'Two', '1.0.0')],
  ['a record is removed by hand', (root) => rmSync(join(root, registry, 'one.reg'))],
];

function pearList(root: string): readonly string[] {
  return pear(root, ['list'])
    .split('\n')
    .flatMap((line) => {
      const [, name, version] = /^(\S+)\s+(\d\S*)\s+\w+\s*$/.exec(line) ?? [];
      return name === undefined ? [] : [`pear.php.net/${name}@${version}`];
    });
}

test(
  'PEAR packages of layers are those that PEAR lists in the mounted tree',
  { skip: skipOverlay || needsCommands('pear') },
  () => compareLayers('pear', pearArrangements, pearList),
);
