import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { dotnet } from '../../../../../agent/catalogers/dotnet/index.ts';
import type { FactContent, PackageRecord } from '../../../../../core/facts.ts';
import { executable, type ExecutableShape } from '../../../../support/executable.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

type Assets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface DepsContent {
  readonly target?: string;
  /** By `Name/Version`: kind and what the target says of it. */
  readonly libraries: Readonly<Record<string, readonly [string, Assets?]>>;
}

/** In the form that the SDK of .NET 8 writes. */
function deps({ target = '.NETCoreApp,Version=v8.0', libraries }: DepsContent): string {
  const entries = Object.entries(libraries);
  return JSON.stringify({
    runtimeTarget: { name: target, signature: '' },
    compilationOptions: {},
    targets: {
      ...(target.includes('/') && { [target.split('/')[0] ?? '']: {} }),
      [target]: Object.fromEntries(entries.map(([key, [, assets = {}]]) => [key, assets])),
    },
    libraries: Object.fromEntries(
      entries.map(([key, [type]]) => [key, { type, serviceable: type === 'package', sha512: '' }]),
    ),
  });
}

function parse(path: string, content: Uint8Array | string): FactContent {
  return dotnet.parse(bufferFile(path, content, { mode: 0o755 }));
}

function short({ name, version, role, dependencies }: PackageRecord): string {
  return [`${name}@${version}`, role, dependencies && `needs ${dependencies.join(' ')}`]
    .filter(Boolean)
    .join(' ');
}

const json = { runtime: { 'lib/net6.0/Newtonsoft.Json.dll': { assemblyVersion: '13.0.0.0' } } };

const published: DepsContent = {
  libraries: {
    'Shop/1.2.0': [
      'project',
      { dependencies: { 'Newtonsoft.Json': '13.0.3', 'Shop.Core': '1.0.0' }, runtime: { 'Shop.dll': {} } },
    ],
    'Shop.Core/1.0.0': ['project', { runtime: { 'Shop.Core.dll': {} } }],
    'Newtonsoft.Json/13.0.3': ['package', json],
    'Humanizer.Core.de/2.14.1': [
      'package',
      { resources: { 'lib/net6.0/de/Humanizer.resources.dll': { locale: 'de' } } },
    ],
    'SQLitePCLRaw.lib.e_sqlite3/2.1.6': [
      'package',
      {
        runtimeTargets: {
          'runtimes/linux-x64/native/libe_sqlite3.so': { rid: 'linux-x64', assetType: 'native' },
        },
      },
    ],
    'StyleCop.Analyzers/1.1.118': ['package'],
    'NETStandard.Library/2.0.3': ['package', { dependencies: { 'Microsoft.NETCore.Platforms': '1.1.0' } }],
    'runtime.osx.10.10-x64.runtime.native.System/4.3.0': [
      'package',
      {
        runtimeTargets: { 'runtime/osx.10.10-x64/native/_._': { rid: 'osx.10.10-x64', assetType: 'native' } },
      },
    ],
    'Vendor.Sdk.Reference/3.0.0.0': ['reference', { runtime: { 'Vendor.Sdk.dll': {} } }],
  },
};

const expected = [
  'Shop@1.2.0 application needs Newtonsoft.Json Shop.Core',
  'Shop.Core@1.0.0 application',
  'Newtonsoft.Json@13.0.3',
  'Humanizer.Core.de@2.14.1',
  'SQLitePCLRaw.lib.e_sqlite3@2.1.6',
];

test('finds the application and the packages that brought files, no others', () => {
  assert.deepEqual(parse('app/Shop.deps.json', deps(published)).packages?.map(short), expected);
});

test('a mark of byte order does no harm', () => {
  assert.deepEqual(parse('app/Shop.deps.json', `\ufeff${deps(published)}`).packages?.map(short), expected);
});

test('a program that brings its runtime has the packs of it', () => {
  const list = deps({
    target: '.NETCoreApp,Version=v8.0/linux-x64',
    libraries: {
      'Shop/1.2.0': [
        'project',
        { dependencies: { 'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64': '8.0.1' } },
      ],
      'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': [
        'runtimepack',
        { runtime: { 'System.dll': {} } },
      ],
    },
  });
  assert.deepEqual(parse('app/Shop.deps.json', list).packages?.map(short), [
    'Shop@1.2.0 application needs Microsoft.NETCore.App.Runtime.linux-x64',
    'Microsoft.NETCore.App.Runtime.linux-x64@8.0.1',
  ]);
});

test('a shared framework is a package, beside those that it lists', () => {
  const path = 'usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json';
  const libraries: DepsContent['libraries'] = {
    'Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': ['package', { runtime: { 'System.dll': {} } }],
  };
  assert.deepEqual(parse(path, deps({ libraries })).packages?.map(short), [
    'Microsoft.NETCore.App@8.0.1 needs Microsoft.NETCore.App.Runtime.linux-x64',
    'Microsoft.NETCore.App.Runtime.linux-x64@8.0.1',
  ]);
  assert.deepEqual(parse(path, deps({ libraries: {} })).packages?.map(short), [
    'Microsoft.NETCore.App@8.0.1',
  ]);
});

test('a library for .NET Standard brings nothing but itself', () => {
  const target = '.NETStandard,Version=v2.0/';
  const list = deps({
    target,
    libraries: { 'Lib/1.0.0': ['project'], 'Newtonsoft.Json/13.0.3': ['package', json] },
  });
  assert.deepEqual(parse('app/Lib.deps.json', list).packages?.map(short), ['Lib@1.0.0 application']);
});

test('a list without targets has all of its packages', () => {
  const list = '{"libraries":{"A/1.0.0":{"type":"package"},"b/x":{"type":"package"},"c":1,"D/1":null}}';
  assert.deepEqual(parse('app/Lib.deps.json', list).packages?.map(short), ['A@1.0.0']);
});

test('what is no list is refused, a list too large is not read', () => {
  for (const text of ['', '[]', 'null', '{"libraries":[]}', '{'])
    assert.throws(() => parse('a.deps.json', text), Error);
  assert.match(parse('a.deps.json', Buffer.alloc(3 << 20)).truncated ?? '', /larger/);
});

const signature = createHash('sha256').update('.net core bundle\n').digest();

/** A host with the mark of bundles in its data, and the bundle behind it. */
function bundle(
  shape: ExecutableShape,
  list: string,
  { version = 6, name = 'abcdefghijkl', garbage = 0 } = {},
): Buffer {
  const data = Buffer.concat([
    Buffer.alloc(100, 0x8b),
    Buffer.alloc(8),
    signature,
    Buffer.alloc(50),
    Buffer.alloc(garbage),
  ]);
  const host = executable(shape, data);
  const header = Buffer.alloc(12 + 1 + name.length + 40);
  header.writeUInt32LE(version, 0);
  header.writeUInt8(name.length, 12);
  header.write(name, 13);
  const at = 13 + name.length;
  header.writeBigUInt64LE(BigInt(host.length), at);
  header.writeBigUInt64LE(BigInt(Buffer.byteLength(list)), at + 8);
  host.writeBigUInt64LE(BigInt(host.length + Buffer.byteLength(list)), host.indexOf(signature) - 8);
  return Buffer.concat([host, Buffer.from(list), header]);
}

const elf: ExecutableShape = { format: 'elf', wordBytes: 8, littleEndian: true, section: '.data' };
const shapes: readonly ExecutableShape[] = [
  elf,
  { ...elf, wordBytes: 4 },
  { ...elf, section: undefined },
  { ...elf, format: 'pe' },
  { ...elf, format: 'mach-o', section: '__data' },
];

for (const shape of shapes) {
  const { format, wordBytes, section = 'none' } = shape;
  test(`finds the list in a single-file program: ${format}, ${wordBytes * 8} bits, section ${section}`, () => {
    assert.deepEqual(parse('app/shop', bundle(shape, deps(published))).packages?.map(short), expected);
  });
}

test('finds nothing in hosts without a bundle, and in bundles of .NET Core 3', () => {
  const plain = bundle(elf, deps(published));
  plain.fill(0, plain.indexOf(signature) - 8, plain.indexOf(signature));
  assert.deepEqual(parse('app/shop', plain), {});
  assert.deepEqual(parse('app/shop', bundle(elf, deps(published), { version: 1 })), {});
  assert.deepEqual(parse('app/shop', executable(elf, Buffer.alloc(1000))), {});
  assert.deepEqual(parse('app/shop', Buffer.from('#!/bin/sh\n')), {});
});

test('a bundle that lies about its places is refused', () => {
  const lying = bundle(elf, deps(published));
  lying.writeBigUInt64LE(2n ** 62n, lying.length - 40);
  assert.throws(() => parse('app/shop', lying), /beyond the end/);
});

test('a library claims the files that it has beside the list', () => {
  const { claims } = parse(
    'app/Shop.deps.json',
    deps({
      libraries: {
        'Shop/1.0.0': ['project', { runtime: { 'Shop.dll': {} } }],
        'Both/1.0.0': [
          'package',
          {
            runtime: { 'lib/net8.0/Both.dll': {}, 'lib/net8.0/Both.Core.dll': {} },
            native: { 'runtimes/linux-x64/native/libboth.so': {} },
            runtimeTargets: { 'runtimes/win/lib/net8.0/Both.dll': { rid: 'win' } },
          },
        ],
        'Compiled/1.0.0': ['package', { compile: { 'ref/net8.0/Compiled.dll': {} } }],
      },
    }),
  );
  assert.deepEqual(claims, [
    { owner: 'Shop', files: ['app/Shop.dll'] },
    {
      owner: 'Both',
      files: ['app/Both.dll', 'app/Both.Core.dll', 'app/libboth.so', 'app/runtimes/win/lib/net8.0/Both.dll'],
    },
  ]);
});

test('lists and programs are candidates', () => {
  assert.deepEqual(dotnet.candidates.suffixes, ['.deps.json', '.exe']);
  assert.equal(dotnet.candidates.executables, true);
});

test('any damage gives less, or an error', () => {
  const list = Buffer.from(deps(published));
  fc.assert(fc.property(hostileBytes(list), (bytes) => assertSurvives(dotnet, 'app/Shop.deps.json', bytes)));
  const programs = shapes.map((shape) => bundle(shape, deps(published)));
  fc.assert(
    fc.property(hostileBytes(...programs), (bytes) => assertSurvives(dotnet, 'app/shop', bytes)),
    { numRuns: 1000 },
  );
});
