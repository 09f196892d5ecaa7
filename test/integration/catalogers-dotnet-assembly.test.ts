import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { dotnet } from '../../agent/catalogers/dotnet/index.ts';
import { dotnetAssembly } from '../../agent/catalogers/dotnet-assembly/index.ts';
import { rootDirectorySource } from '../../agent/layers/directory/root-directory.ts';
import { scanLayer } from '../../agent/layers/scan-layer.ts';
import { compose } from '../../core/compose.ts';
import { packagesOf } from '../../core/merge.ts';
import { catalogDirectory } from '../support/catalog-directory.ts';
import { needsCommands, needsPythonModule } from '../support/requirements.ts';
import { runTool } from '../support/run-tool.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tallyman-dotnet-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Each with what its source says of it. */
const ASSEMBLIES: Readonly<Record<string, readonly string[]>> = {
  'Full.dll': [
    'AssemblyCompany("Example & Co")',
    'AssemblyVersion("1.0.0.0")',
    'AssemblyFileVersion("2.3.4.0")',
    'AssemblyInformationalVersion("2.3.4-rc.1+0a2e291c0d9c0c76")',
  ],
  'Numbered.dll': ['AssemblyVersion("4.5.6.7")'],
  'Shop.Cart.exe': ['AssemblyFileVersion("3.2.1.0")', 'AssemblyInformationalVersion("3.2.1")'],
  'Plain.dll': [],
};

function compile(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [file, attributes] of Object.entries(ASSEMBLIES)) {
    const source = join(folder, `${file}.cs`);
    const lines = ['using System.Reflection;', ...attributes.map((one) => `[assembly: ${one}]`)];
    writeFileSync(source, [...lines, 'class Program { static void Main() {} }'].join('\n'));
    const target = file.endsWith('.exe') ? 'exe' : 'library';
    runTool('mcs', [`-target:${target}`, `-out:${join(folder, file)}`, source]);
  }
}

/** What Mono's own reader says, and a reader of version resources in Python. */
function told(path: string): { readonly name: string; readonly versions: readonly string[] } {
  const name = /^Name: +(\S+)$/m.exec(runTool('monodis', ['--assembly', path]))?.[1] ?? '';
  const script = [
    'import pefile, sys',
    'for info in getattr(pefile.PE(sys.argv[1]), "FileInfo", []):',
    '  for one in info:',
    '    for table in getattr(one, "StringTable", []):',
    '      for key in (b"ProductVersion", b"FileVersion"):',
    '        print(table.entries.get(key, b"").decode())',
  ].join('\n');
  return { name, versions: runTool('/usr/bin/python3', ['-c', script, path]).split('\n') };
}

function assertAsTold(root: string): number {
  const facts = catalogDirectory(root, dotnetAssembly);
  for (const { path, packages = [] } of facts) {
    const { name, versions } = told(join(root, path));
    assert.equal(packages[0]?.name, name, path);
    const version = packages[0]?.version ?? '';
    const said = versions.find((one) => /^\d/.test(one)) ?? '0.0.0';
    assert.ok(said === version || said.startsWith(`${version}.0`) || said.startsWith(`${version}+`), path);
  }
  return facts.length;
}

const skip = needsCommands('mcs', 'monodis') || needsPythonModule('pefile');

test('assemblies go by the name and version that their compiler wrote', { skip }, () => {
  const folder = join(scratch, 'compiled');
  compile(folder);
  const found = catalogDirectory(folder, dotnetAssembly).flatMap(({ packages = [] }) =>
    packages.map(({ name, version, vendor, role }) =>
      [name, version, vendor, role].filter(Boolean).join(' '),
    ),
  );
  assert.deepEqual(found.toSorted(), [
    'Full 2.3.4-rc.1 Example & Co',
    'Numbered 4.5.6.7',
    'Plain 0.0.0',
    'Shop.Cart 3.2.1 application',
  ]);
  assert.equal(assertAsTold(folder), 4);
});

test("Mono's own assemblies, too", { skip }, () => {
  assert.ok(assertAsTold('/usr/lib/mono') > 5);
});

test('what a list names is the package that the list says, and only that', { skip }, async () => {
  const root = join(scratch, 'root');
  compile(join(root, 'app'));
  compile(join(root, 'other'));
  const list = {
    runtimeTarget: { name: 't' },
    targets: {
      t: {
        'Shop/1.0.0': { runtime: { 'Shop.Cart.exe': {} }, dependencies: { 'Example.Full': '9.0.0' } },
        'Example.Full/9.0.0': { runtime: { 'lib/net8.0/Full.dll': { fileVersion: '2.3.4.0' } } },
        'Plain.Native/1.0.0': { runtimeTargets: { 'runtimes/win/lib/Numbered.dll': { rid: 'win' } } },
      },
    },
    libraries: {
      'Shop/1.0.0': { type: 'project' },
      'Example.Full/9.0.0': { type: 'package' },
      'Plain.Native/1.0.0': { type: 'package' },
    },
  };
  writeFileSync(join(root, 'app/Shop.deps.json'), JSON.stringify(list));
  const layer = await scanLayer(rootDirectorySource(root), 'sha256:0', [dotnet, dotnetAssembly]);
  const packages = packagesOf(
    compose([layer]),
    (_, id) => layer.facts.find(({ cataloger }) => cataloger === id)?.facts ?? [],
  );
  const told = packages.map(({ purl, locations }) => {
    const places = locations.map(({ path }) => `${basename(dirname(path))}/${basename(path)}`);
    return `${purl} ${places.toSorted().join(' ')}`;
  });
  assert.deepEqual(told, [
    'pkg:nuget/Example.Full@9.0.0 app/Shop.deps.json',
    'pkg:nuget/Full@2.3.4-rc.1 other/Full.dll',
    // The list's one is another file.
    'pkg:nuget/Numbered@4.5.6.7 app/Numbered.dll other/Numbered.dll',
    'pkg:nuget/Plain.Native@1.0.0 app/Shop.deps.json',
    'pkg:nuget/Plain@0.0.0 app/Plain.dll other/Plain.dll',
    'pkg:nuget/Shop.Cart@3.2.1 other/Shop.Cart.exe',
    'pkg:nuget/Shop@1.0.0 app/Shop.deps.json',
  ]);
});
