import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependencyPurls } from '../../../../core/sbom/dependencies.ts';
import { packageOf } from './samples.ts';

const app = packageOf({
  type: 'npm',
  name: 'app',
  version: '1.0.0',
  role: 'application',
  dependencies: ['@scope/part', 'missing', 'app', '@scope/part'],
});
const part = packageOf({ type: 'npm', namespace: '@scope', name: 'part', version: '2.0.0' });

test('a declared name leads to the one package that has it', () => {
  assert.deepEqual([...dependencyPurls([app, part])], [[app.purl, [part.purl]]]);
});

test('a name that several packages have, or one of another type, leads nowhere', () => {
  const other = packageOf({ type: 'npm', namespace: '@scope', name: 'part', version: '3.0.0' });
  const python = packageOf({ type: 'pypi', name: 'missing', version: '1' });
  assert.equal(dependencyPurls([app, part, other, python]).size, 0);
});

test('names are compared as their ecosystem compares them', () => {
  const user = packageOf({ type: 'pypi', name: 'user', version: '1', dependencies: ['Zope.Interface'] });
  const used = packageOf({ type: 'pypi', name: 'zope-interface', version: '5' });
  assert.deepEqual(dependencyPurls([user, used]).get(user.purl), [used.purl]);
});

test('a Maven package is named with its group, a colon between', () => {
  const shop = packageOf({
    type: 'maven',
    namespace: 'com.acme',
    name: 'shop',
    version: '1',
    dependencies: ['org.lib:lib'],
  });
  const lib = packageOf({ type: 'maven', namespace: 'org.lib', name: 'lib', version: '2' });
  assert.deepEqual([...dependencyPurls([shop, lib])], [[shop.purl, [lib.purl]]]);
});

test('npm packages of one name are told apart as Node.js loads them: the nearest on the way up', () => {
  const at = (name: string, version: string, path: string, dependencies: readonly string[] = []) =>
    packageOf({ type: 'npm', name, version, dependencies }, `${path}/package.json`);
  const own = at('a', '1.0.0', 'app/node_modules/a', ['dep']);
  const nested = at('b', '1.0.0', 'app/node_modules/b', ['dep']);
  const top = at('dep', '1.0.0', 'app/node_modules/dep');
  const deep = at('dep', '2.0.0', 'app/node_modules/b/node_modules/dep');
  const elsewhere = at('dep', '3.0.0', 'other/node_modules/dep');
  const found = dependencyPurls([own, nested, top, deep, elsewhere]);
  assert.deepEqual(found.get(own.purl), [top.purl]);
  assert.deepEqual(found.get(nested.purl), [deep.purl]);
});

test('packages of one name are told apart by their architecture, or by the place they share', () => {
  const libc = (architecture: string) =>
    packageOf({ type: 'deb', name: 'libc6', version: '2', architecture });
  const user = packageOf({
    type: 'deb',
    name: 'bash',
    version: '5',
    architecture: 'amd64',
    dependencies: ['libc6'],
  });
  assert.deepEqual(dependencyPurls([user, libc('i386'), libc('amd64')]).get(user.purl), [libc('amd64').purl]);
  const inVenv = (venv: string, name: string, version: string, dependencies: readonly string[] = []) =>
    packageOf(
      { type: 'pypi', name, version, dependencies },
      `${venv}/lib/${name}-${version}.dist-info/METADATA`,
    );
  const flask = inVenv('one', 'flask', '3', ['jinja2']);
  const jinja = inVenv('one', 'jinja2', '3.1');
  assert.deepEqual(dependencyPurls([flask, jinja, inVenv('two', 'jinja2', '2')]).get(flask.purl), [
    jinja.purl,
  ]);
});
