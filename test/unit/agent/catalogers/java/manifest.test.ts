import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute, hasMainSection, parseManifest } from '../../../../../agent/catalogers/java/manifest.ts';

for (const [name, end] of [
  ['CR LF', '\r\n'],
  ['LF', '\n'],
  ['CR', '\r'],
] as const) {
  test(`lines may end in ${name}, and go on after a space`, () => {
    const lines = [
      'Manifest-Version: 1.0',
      'Implementation-Title: a long',
      '  title, in ',
      ' pieces',
      '',
      'Name: x',
    ];
    const manifest = parseManifest(lines.join(end));
    assert.equal(attribute(manifest, 'Implementation-Title'), 'a long title, in pieces');
    assert.equal(attribute(manifest, 'name'), undefined);
  });
}

test('names of attributes have no letter case, the last of one name counts', () => {
  const manifest = parseManifest('BUNDLE-VERSION: 1\nBundle-version: 2\n');
  assert.equal(attribute(manifest, 'Bundle-Version'), '2');
});

test('what the build left unresolved is no attribute', () => {
  const manifest = parseManifest(
    'A: ${project.version}\nB: %bundle.name\nC: \nD: 1\nno attribute\n: x\n y\n',
  );
  assert.deepEqual(
    ['A', 'B', 'C', 'D'].map((name) => attribute(manifest, name)),
    [undefined, undefined, undefined, '1'],
  );
});

test('the main section ends at a blank line', () => {
  assert.equal(hasMainSection('A: 1\r\n\r\nName: x'), true);
  assert.equal(hasMainSection('A: 1\r\nB: 2'), false);
});

test('an endless value is cut', () => {
  const manifest = parseManifest(`Export-Package: a\n${' bcd\n'.repeat(100_000)}`);
  assert.ok((attribute(manifest, 'Export-Package')?.length ?? 0) < 5000);
});
