import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rpm } from '../../../../../agent/catalogers/rpm/index.ts';
import { TAG } from '../../../../../agent/catalogers/rpm/tags.ts';
import { bufferFile } from '../../../../support/layer-file.ts';
import { headerBlob, ndbFile, type TagValue } from '../../../../support/rpm-files.ts';

type Tags = readonly (readonly [number, TagValue])[];

const NAMED: Tags = [
  [TAG.name, { string: 'a' }],
  [TAG.version, { string: '1' }],
  [TAG.release, { string: '2' }],
];

function parse(...headers: readonly Tags[]) {
  return rpm.parse(bufferFile('var/lib/rpm/Packages.db', ndbFile(headers.map(headerBlob))));
}

test('an epoch that is absent is not 0', () => {
  const { packages = [] } = parse(NAMED, [...NAMED, [TAG.epoch, { int32: [0] }]]);
  assert.deepEqual(
    packages.map(({ epoch }) => epoch),
    [undefined, 0],
  );
});

test('the source package is read from its file name', () => {
  const sources = {
    'bash-5.1.8-6.el9.src.rpm': { name: 'bash', version: '5.1.8-6.el9' },
    'java-1.8.0-openjdk-1.8.0.402-1.nosrc.rpm': { name: 'java-1.8.0-openjdk', version: '1.8.0.402-1' },
    'odd.src.rpm': { name: 'odd' },
    '(none)': undefined,
    '': undefined,
  };
  for (const [sourceRpm, expected] of Object.entries(sources)) {
    const [record] = parse([...NAMED, [TAG.sourceRpm, { string: sourceRpm }]]).packages ?? [];
    assert.deepEqual(record?.source, expected, sourceRpm);
  }
});

test('entries after the region replace those in it', () => {
  const [record] = parse([...NAMED, [TAG.release, { string: '3' }]]).packages ?? [];
  assert.equal(record?.version, '1-3');
});

test('files are joined from directories and names, without the directories themselves', () => {
  const { claims } = parse([
    ...NAMED,
    [TAG.dirNames, { strings: ['/usr/bin/', '/'] }],
    [TAG.baseNames, { strings: ['tool', 'srv', 'link', 'lost'] }],
    [TAG.dirIndexes, { int32: [0, 1, 0, 9] }],
    [TAG.fileModes, { int16: [0o100755, 0o040755, 0o120777, 0o100644] }],
  ]);
  assert.deepEqual(claims, [{ owner: 'a', files: ['usr/bin/tool', 'usr/bin/link'] }]);
});

test('of a package with too many relations it is said that they were left out', () => {
  const many = Array.from({ length: 500_001 }, (_, at) => String(at));
  const { packages = [], truncated } = parse([...NAMED, [TAG.provideName, { strings: many }]], NAMED);
  assert.equal(packages.length, 2);
  assert.match(truncated ?? '', /^dependencies beyond the first 500000 were left out$/);
});

test('whole paths of rpm 3 are files as well', () => {
  const { claims } = parse([
    ...NAMED,
    [TAG.oldFileNames, { strings: ['/etc/x', '/etc'] }],
    [TAG.fileModes, { int16: [0o100644, 0o040755] }],
  ]);
  assert.deepEqual(claims, [{ owner: 'a', files: ['etc/x'] }]);
});

test('dependencies are resolved by what packages provide and which files they have', () => {
  const { packages = [] } = parse(
    [
      [TAG.name, { string: 'user' }],
      [
        TAG.requireName,
        { strings: ['libx.so.1', '/bin/sh', 'rpmlib(A)', 'gone', 'user', 'libx.so.1', '(a if b)'] },
      ],
    ],
    [
      [TAG.name, { string: 'x' }],
      [TAG.provideName, { strings: ['x', 'libx.so.1'] }],
    ],
    [
      [TAG.name, { string: 'shell' }],
      [TAG.dirNames, { strings: ['/bin/'] }],
      [TAG.baseNames, { strings: ['sh'] }],
      [TAG.dirIndexes, { int32: [0] }],
    ],
  );
  assert.deepEqual(packages[0]?.dependencies, ['x', 'shell']);
});

test('a header without a name, or with text of the wrong type, is passed over and counted', () => {
  const { packages, truncated } = parse(
    [[TAG.version, { string: '1' }]],
    [...NAMED, [TAG.vendor, { int32: [1] }]],
    NAMED,
  );
  assert.equal(packages?.length, 1);
  assert.equal(truncated, 'a header without a name (and 1 more)');
});

test('what was written is read', () => {
  const text = fc
    .string({ unit: fc.constantFrom('a', 'Z', '0', '.', '-', '~', '^', ' ', 'é', '☃') })
    .map((value) => `n${value}`);
  fc.assert(
    fc.property(text, text, text, fc.option(fc.nat()), (name, version, license, epoch) => {
      const [record] =
        parse([
          [TAG.name, { string: name }],
          [TAG.version, { string: version }],
          [TAG.license, { string: license }],
          ...(epoch === null ? [] : [[TAG.epoch, { int32: [epoch] }] as const]),
        ]).packages ?? [];
      assert.deepEqual(record, {
        type: 'rpm',
        name,
        version,
        licenses: [license],
        ...(epoch !== null && { epoch }),
      });
    }),
  );
});
