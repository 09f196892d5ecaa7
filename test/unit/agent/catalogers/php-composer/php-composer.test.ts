import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { phpComposer } from '../../../../../agent/catalogers/php-composer/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const INSTALLED = 'app/vendor/composer/installed.json';
const ROOT = 'app/vendor/composer/installed.php';

const CONSOLE = {
  name: 'symfony/console',
  version: 'v6.4.1',
  version_normalized: '6.4.1.0',
  type: 'library',
  license: ['MIT'],
  require: { php: '>=8.1', 'ext-mbstring': '*', 'psr/log': '^3', 'symfony/string': '^6' },
  'require-dev': { 'symfony/process': '^6' },
};

function parse(content: unknown, path = INSTALLED) {
  return phpComposer.parse(bufferFile(path, typeof content === 'string' ? content : JSON.stringify(content)));
}

const record = {
  type: 'composer',
  namespace: 'symfony',
  name: 'console',
  version: 'v6.4.1',
  licenses: ['MIT'],
  dependencies: ['psr/log', 'symfony/string'],
};

test('packages of Composer 2 have their vendor, version, licenses and requirements', () => {
  const content = { packages: [CONSOLE], dev: true, 'dev-package-names': ['symfony/console'] };
  assert.deepEqual(parse(content).packages, [record]);
});

test('packages of Composer 1 are read as well', () => {
  assert.deepEqual(parse([CONSOLE]).packages, [record]);
});

test('packages without a name or a version are passed over, one without a vendor is kept', () => {
  const packages = [{ name: 'a/b' }, { version: '1' }, { name: 'a/b/c', version: '1' }, 7, null];
  assert.deepEqual(parse({ packages }).packages, []);
  assert.deepEqual(parse({ packages: [{ name: 'own', version: 'dev-main', license: 'MIT' }] }).packages, [
    { type: 'composer', name: 'own', version: 'dev-main', licenses: ['MIT'] },
  ]);
});

test('what is no list of packages gives none, what is no JSON throws', () => {
  for (const content of [{}, [], 'null', '""', '{"packages": {}}', ''])
    assert.deepEqual(parse(content).packages, []);
  assert.throws(() => parse('{'), SyntaxError);
});

function installedPhp(root: string): string {
  return `<?php return array(\n  'root' => array(\n${root}  ),\n  'versions' => array(\n    'name' => 'x/y',\n  ),\n);`;
}

test('the program that packages were installed for is the application', () => {
  const fields = `    'pretty_version' => '3.0',\n    'version' => '3.0.0.0',\n    'aliases' => array(),\n    'name' => 'acme/shop',\n`;
  assert.deepEqual(parse(installedPhp(fields), ROOT).packages, [
    { type: 'composer', namespace: 'acme', name: 'shop', version: '3.0', role: 'application' },
  ]);
});

test('a program without a name is none, one without a version has an empty one', () => {
  const unnamed = `'name' => '__root__', 'pretty_version' => '1.0'`;
  const unversioned = `'name' => 'acme/shop', 'pretty_version' => '1.0.0+no-version-set'`;
  assert.deepEqual(parse(installedPhp(unnamed), ROOT), {});
  assert.deepEqual(parse('<?php return [];', ROOT), {});
  assert.equal(parse(installedPhp(unversioned), ROOT).packages?.[0]?.version, '');
});

test('only what Composer writes is a candidate', () => {
  assert.deepEqual(
    [INSTALLED, ROOT, 'composer/installed.json', 'app/installed.json', 'app/composer/installed.json.bak'].map(
      (path) => phpComposer.candidates.accepts(path),
    ),
    [true, true, true, false, false],
  );
});

test('any bytes give packages, none or an error', () => {
  const list = Buffer.from(JSON.stringify({ packages: [CONSOLE] }));
  fc.assert(fc.property(hostileBytes(list), (bytes) => assertSurvives(phpComposer, INSTALLED, bytes)));
  const root = Buffer.from(installedPhp(`'name' => 'acme/shop', 'pretty_version' => '1'`));
  fc.assert(fc.property(hostileBytes(root), (bytes) => assertSurvives(phpComposer, ROOT, bytes)));
});
