import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { homebrew } from '../../../../../agent/catalogers/homebrew/index.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const KEG = 'home/linuxbrew/.linuxbrew/Cellar/curl/8.9.1_2';
const RECEIPT = `${KEG}/INSTALL_RECEIPT.json`;
const FORMULA = `${KEG}/.brew/curl.rb`;

function receipt(fields: object, path = RECEIPT) {
  const { packages = [], claims = [] } = homebrew.parse(bufferFile(path, JSON.stringify(fields)));
  return { ...packages[0], purl: packages[0] && purlOf(packages[0], undefined), claims };
}

function licenseOf(statement: string): string | undefined {
  const text = `class Curl < Formula\n  desc "Get a file"\n  ${statement}\n  depends_on "openssl@3"\nend\n`;
  return homebrew.parse(bufferFile(FORMULA, text)).licenses?.[0];
}

test('wants receipts and formulae of kegs under any prefix', () => {
  const { candidates } = homebrew;
  for (const path of [RECEIPT, FORMULA, 'opt/homebrew/Cellar/jq/1.7/INSTALL_RECEIPT.json'])
    assert.ok(candidates.accepts(path), path);
  for (const path of [`${KEG}/share/INSTALL_RECEIPT.json`, `${KEG}/.brew/other.rb`, `${KEG}/lib/curl.rb`])
    assert.ok(!candidates.accepts(path), path);
});

suite('a receipt', () => {
  test('gives the package of its keg, with revision, architecture and direct dependencies', () => {
    const found = receipt({
      source: { tap: 'homebrew/core', versions: { stable: '8.9.1' } },
      arch: 'x86_64',
      runtime_dependencies: [
        { full_name: 'openssl@3', version: '3.3.1', declared_directly: true },
        { full_name: 'ca-certificates', version: '2024', declared_directly: false },
        { full_name: 'some-org/tap/thing', version: '1' },
      ],
    });
    assert.equal(found.purl, 'pkg:brew/curl@8.9.1_2?arch=x86_64');
    assert.deepEqual(found.dependencies, ['openssl@3', 'thing']);
    assert.deepEqual(found.claims, [{ owner: 'curl', files: [], folders: [KEG] }]);
  });

  test('of another tap has it in the purl', () => {
    const found = receipt(
      { source: { tap: 'Some-Org/Tools' } },
      'usr/local/Cellar/node@20/20.1/INSTALL_RECEIPT.json',
    );
    assert.equal(found.purl, 'pkg:brew/some-org/tools/node%4020@20.1');
  });
});

suite('a formula', () => {
  test('states a license, or several with what they mean together', () => {
    assert.equal(licenseOf('license "curl"'), 'curl');
    assert.equal(licenseOf('license any_of: ["MIT", "Apache-2.0"]'), 'MIT OR Apache-2.0');
    assert.equal(
      licenseOf('license all_of: [\n    "BSD-3-Clause",\n    { any_of: ["MIT", "ISC"] },\n  ]'),
      '(BSD-3-Clause AND (MIT OR ISC))',
    );
    assert.equal(
      licenseOf('license "GPL-3.0-or-later" => { with: "GCC-exception-3.1" }'),
      'GPL-3.0-or-later WITH GCC-exception-3.1',
    );
  });

  test('that states none, or one that is none of SPDX, gives none', () => {
    assert.equal(licenseOf('head "x"'), undefined);
    assert.equal(licenseOf('license :public_domain'), undefined);
    assert.equal(licenseOf('license all_of: ["MIT", :public_domain]'), undefined);
    assert.equal(licenseOf('license any_of: "MIT"'), undefined);
  });
});

test('any bytes give facts or an error', () => {
  const words = fc.constantFrom(
    'license ',
    '"MIT"',
    'any_of:',
    '[',
    ']',
    '{',
    '}',
    ',',
    '=>',
    'with:',
    '\n',
    '"',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      assert.notEqual(licenseOf(parts.join('')), '');
    }),
  );
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.equal(homebrew.parse(bufferFile(RECEIPT, text)).packages?.length, 1);
    }),
  );
  assert.throws(() => homebrew.parse(bufferFile(RECEIPT, '{')), SyntaxError);
  assert.equal(licenseOf(`license ${'all_of: ['.repeat(10_000)}`), undefined);
});
