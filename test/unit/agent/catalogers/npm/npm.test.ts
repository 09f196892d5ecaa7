import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { npm } from '../../../../../agent/catalogers/npm/index.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const installed = 'app/node_modules/x/package.json';

function parse(manifest: unknown, path = installed) {
  return npm.parse(bufferFile(path, typeof manifest === 'string' ? manifest : JSON.stringify(manifest)));
}

test('reads name, version, licence and dependencies', () => {
  const manifest = {
    name: '@scope/Name.js',
    version: '1.2.3-beta.1+build',
    license: 'MIT',
    dependencies: { a: '^1', '@b/c': '*' },
    optionalDependencies: { a: '^1', d: '1' },
    devDependencies: { mocha: '1' },
  };
  assert.deepEqual(parse(manifest), {
    packages: [
      {
        type: 'npm',
        namespace: '@scope',
        name: 'Name.js',
        version: '1.2.3-beta.1+build',
        licenses: ['MIT'],
        dependencies: ['a', '@b/c', 'd'],
      },
    ],
  });
});

test("a manifest of the image's own program is an application", () => {
  assert.deepEqual(parse({ name: 'shop', version: '0.0.0' }, 'srv/shop/package.json'), {
    packages: [{ type: 'npm', name: 'shop', version: '0.0.0', role: 'application' }],
  });
});

const licenses: readonly (readonly [object, readonly string[] | undefined])[] = [
  [{ license: '(MIT OR Apache-2.0)' }, ['(MIT OR Apache-2.0)']],
  [{ license: { type: 'BSD', url: 'https://example.org' } }, ['BSD']],
  [{ license: ['MIT', { name: 'ISC' }] }, ['MIT', 'ISC']],
  [{ licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] }, ['MIT', 'GPL-2.0']],
  [{ licenses: { type: 'MIT' } }, ['MIT']],
  [{ licenses: 'MIT' }, ['MIT']],
  [{ license: 7, licenses: [null, ' ', {}] }, undefined],
];

for (const [fields, expected] of licenses) {
  test(`licence in the form ${JSON.stringify(fields)}`, () => {
    assert.deepEqual(parse({ name: 'x', version: '1.0.0', ...fields }).packages?.[0]?.licenses, expected);
  });
}

test('tolerates a byte order mark, and versions with a prefix', () => {
  const version = (text: string) => parse(text).packages?.[0]?.version;
  assert.equal(version('\uFEFF{"name":"x","version":"1.0.0"}'), '1.0.0');
  assert.equal(version('{"name":"x","version":" v1.0.0"}'), '1.0.0');
  assert.equal(version('{"name":"x","version":"1.0.0beta2"}'), '1.0.0beta2');
});

const nothing: readonly unknown[] = [
  '',
  ' \n',
  'null',
  '[]',
  '"text"',
  { type: 'module' },
  { name: 'x' },
  { version: '1.0.0' },
  { name: '', version: '1.0.0' },
  { name: '.hidden', version: '1.0.0' },
  { name: 'a b', version: '1.0.0' },
  { name: 'a/b', version: '1.0.0' },
  { name: '../../etc', version: '1.0.0' },
  { name: 'x'.repeat(300), version: '1.0.0' },
  { name: ['x'], version: '1.0.0' },
  { name: 'x', version: 1 },
  { name: 'x', version: 'latest' },
  { name: 'x', version: '1.2.3.4' },
  { name: 'com.unity.ads', version: '3.4.1' },
  { name: 'com.vendor.shader', version: '1.0.0', unity: '2019.4' },
];

for (const manifest of nothing) {
  test(`no package in ${JSON.stringify(manifest).slice(0, 60)}`, () => assert.deepEqual(parse(manifest), {}));
}

test("an extension of an editor is its publisher's, and no package of npm by its name", () => {
  const manifest = { name: 'git', publisher: 'vscode', version: '1.0.0', engines: { vscode: '^1.5.0' } };
  const text = JSON.stringify({ ...manifest, license: 'MIT', dependencies: { which: '4.0.0' } });
  const read = (path: string, content: string) => npm.parse(bufferFile(path, content)).packages;
  const place = 'usr/share/code/resources/app/extensions/git/package.json';
  const identity = { name: 'git', version: '1.0.0', licenses: ['MIT'] };
  assert.deepEqual(read(place, text), [{ type: 'generic', namespace: 'vscode', ...identity }]);
  assert.deepEqual(read(place, text.replace('"vscode"', '1')), [{ type: 'generic', ...identity }]);
  const [inModules] = read('app/node_modules/git/package.json', text) ?? [];
  assert.equal(inModules?.type, 'npm');
});

test('broken JSON is an error of that file', () => {
  assert.throws(() => parse('{"name":"x","version":"1.0.0"'), SyntaxError);
});

test('a manifest beyond the cap is not read, and says so', () => {
  const manifest = `{"name":"x","version":"1.0.0","pad":"${'x'.repeat(3 << 20)}"}`;
  assert.deepEqual(Object.keys(parse(manifest)), ['truncated']);
});

test('any JSON and any bytes give a result or an error', () => {
  const manifest = { name: '@a/b', version: '1.0.0', license: ['MIT'], dependencies: { c: '1' } };
  const content = fc.oneof(
    hostileBytes(Buffer.from(JSON.stringify(manifest))),
    fc
      .record({ name: fc.jsonValue(), version: fc.jsonValue() })
      .map((one) => Buffer.from(JSON.stringify(one))),
  );
  fc.assert(fc.property(content, (bytes) => assertSurvives(npm, installed, bytes)));
});
