import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nim } from '../../../../../agent/catalogers/nim/index.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const PATH = `root/.nimble/pkgs2/chronos-4.0.3-${'0a'.repeat(20)}/chronos.nimble`;
const TEXT = `mode = ScriptMode.Verbose
packageName   = "chronos"
version       = "4.0.3"
license       = "MIT or Apache License 2.0"
skipDirs      = @["tests"]

requires "nim >= 1.6.16",
         "results",
         "stew >= 0.1.0, bearssl#head"
requires "https://github.com/status-im/nim-unittest2"

task test, "Run all tests":
  echo "not a requirement"
`;

function packagesOf(text: string, path = PATH) {
  assert.ok(nim.candidates.accepts(path), path);
  return nim.parse(bufferFile(path, text)).packages;
}

test('a package has the name and version of its folder, its license and what it needs', () => {
  const record = { type: 'nim', name: 'chronos', version: '4.0.3' };
  assert.deepEqual(packagesOf(TEXT), [
    { ...record, licenses: ['MIT or Apache License 2.0'], dependencies: ['results', 'stew', 'bearssl'] },
  ]);
  assert.deepEqual(packagesOf('', 'root/.nimble/pkgs/chronos-#head/chronos.nimble'), [
    { ...record, version: '#head' },
  ]);
});

test('sources, and files of other names, are no packages', () => {
  for (const path of ['src/chronos/chronos.nimble', PATH.replace('chronos.nimble', 'other.nimble')])
    assert.ok(!nim.candidates.accepts(path), path);
});

test('any text gives one package', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.equal(packagesOf(text)?.length, 1)));
  for (const part of ['requires ', '"', 'requires "a",\n'])
    assert.equal(packagesOf(part.repeat(20_000))?.length, 1);
});
