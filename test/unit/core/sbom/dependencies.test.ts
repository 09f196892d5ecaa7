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
