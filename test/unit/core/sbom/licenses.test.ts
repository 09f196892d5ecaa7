import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import parse from 'spdx-expression-parse';
import { allOf, declaredLicenses } from '../../../../core/sbom/licenses.ts';

function declared(...licenses: readonly string[]) {
  return declaredLicenses({ licenses });
}

test('what is an SPDX expression is one, in the operators of the specification', () => {
  const cases = {
    MIT: 'MIT',
    ' Apache-2.0 ': 'Apache-2.0',
    'MIT or Apache-2.0': 'MIT OR Apache-2.0',
    '(MIT OR Apache-2.0) and ISC': '(MIT OR Apache-2.0) AND ISC',
    'MIT OR Apache-2.0 AND ISC': 'MIT OR Apache-2.0 AND ISC',
    '((MIT))': 'MIT',
    'GPL-2.0+': 'GPL-2.0+',
    'GPL-3.0-only WITH Classpath-exception-2.0': 'GPL-3.0-only WITH Classpath-exception-2.0',
  };
  for (const [text, expression] of Object.entries(cases)) {
    assert.deepEqual(declared(text), [{ kind: 'expression', expression, references: [] }], text);
  }
});

test('nothing is guessed: other text stays as it is', () => {
  for (const text of ['GPLv2+', 'Apache License 2.0', 'SEE LICENSE IN LICENSE.md', 'MIT,', 'UNLICENSED']) {
    assert.deepEqual(declared(text), [{ kind: 'text', text }]);
  }
});

test('the licenses that only the package knows are told', () => {
  assert.deepEqual(declared('MIT AND LicenseRef-ours'), [
    { kind: 'expression', expression: 'MIT AND LicenseRef-ours', references: ['LicenseRef-ours'] },
  ]);
});

test('a license in a document that is not at hand is text', () => {
  assert.equal(declared('DocumentRef-x:LicenseRef-y')[0]?.kind, 'text');
});

test('the same text counts once, and none is none', () => {
  assert.equal(declared('MIT', 'MIT ', '').length, 1);
  assert.deepEqual(declaredLicenses({}), []);
});

test('expressions that hold together are one expression', () => {
  assert.equal(allOf(['MIT']), 'MIT');
  assert.equal(allOf(['MIT OR ISC', '0BSD']), '(MIT OR ISC) AND 0BSD');
});

test('any text becomes text or an expression that reads the same when read again', () => {
  const words = fc.constantFrom('MIT', 'ISC', 'LicenseRef-x', 'and', 'OR', 'WITH', '(', ')', '+', ' ', 'x');
  const texts = fc.oneof(
    fc.string(),
    fc.array(words).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const license of declared(text)) {
        if (license.kind === 'text') continue;
        assert.doesNotThrow(() => parse(license.expression));
        assert.deepEqual(declared(license.expression)[0], license);
      }
    }),
  );
});

test('a text made to exhaust the parser is text', () => {
  assert.equal(declared('('.repeat(100_000))[0]?.kind, 'text');
});
