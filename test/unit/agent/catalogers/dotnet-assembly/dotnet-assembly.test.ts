import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dotnetAssembly } from '../../../../../agent/catalogers/dotnet-assembly/index.ts';
import { assembly } from '../../../../support/assembly.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

function packagesOf(bytes: Uint8Array, path = 'app/Some.dll') {
  return dotnetAssembly.parse(bufferFile(path, bytes)).packages;
}

function versionOf(texts: Readonly<Record<string, string>>) {
  return packagesOf(assembly(texts))?.[0]?.version;
}

test('an assembly goes by what its compiler called it, whatever its file is called now', () => {
  const texts = {
    CompanyName: 'Newtonsoft',
    OriginalFilename: 'Newtonsoft.Json.dll',
    ProductVersion: '13.0.3+0a2e291c',
  };
  const record = { type: 'nuget', name: 'Newtonsoft.Json', version: '13.0.3', vendor: 'Newtonsoft' };
  assert.deepEqual(packagesOf(assembly(texts)), [record]);
  assert.deepEqual(packagesOf(assembly(texts), 'app/tool.EXE'), [{ ...record, role: 'application' }]);
  assert.deepEqual(packagesOf(assembly({ OriginalFilename: ' ', InternalName: 'a b c' })), [
    { type: 'nuget', name: 'Some', version: '' },
  ]);
});

test('the version is the one that the product calls itself, as NuGet writes it', () => {
  const versions: readonly (readonly [string, string])[] = [
    ['1.2.3', '1.2.3'],
    ['1.2.3.0', '1.2.3'],
    ['1.2.3.4', '1.2.3.4'],
    ['6.0.0-rc.1.21451.13+d7619cd4b165c13430484e381042f055d4c5a9c7', '6.0.0-rc.1.21451.13'],
    ['1, 0, 2, 0', '1.0.2'],
    ['4.7.4076.0 built by: NET472REL1LAST_B', '4.7.4076'],
    ['2.1', '2.1'],
  ];
  for (const [ProductVersion, version] of versions)
    assert.equal(versionOf({ ProductVersion, FileVersion: '99.0.1' }), version);
  assert.equal(versionOf({ ProductVersion: 'Release', FileVersion: '2.0.1' }), '2.0.1');
  assert.equal(versionOf({ 'Assembly Version': '3.0.0.0' }), '3.0.0');
  const built = '4.6.28619.01 @BuiltBy: dlab14 @Branch: release/2.1';
  assert.equal(versionOf({ ProductVersion: built, FileVersion: '4.6.28619.01' }), '');
});

test('code that is not managed, texts of other languages and what is only compiled against are none', () => {
  assert.equal(packagesOf(assembly({ ProductVersion: '1.2.3' }, false)), undefined);
  assert.equal(packagesOf(Buffer.from('no program')), undefined);
  const { candidates } = dotnetAssembly;
  for (const path of ['a/de/Some.resources.dll', 'packs/X.Ref/8.0.0/ref/net8.0/X.dll', 'app/refs/X.dll'])
    assert.ok(!candidates.accepts(path), path);
  assert.ok(candidates.accepts('app/Some.dll'));
});

test('any bytes, and any damage, give an assembly or none', () => {
  const sound = assembly({ OriginalFilename: 'Some.dll', ProductVersion: '1.2.3' });
  fc.assert(
    fc.property(hostileBytes(sound), (bytes) => assertSurvives(dotnetAssembly, 'app/Some.dll', bytes)),
    { numRuns: 1000 },
  );
});
