import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jvm } from '../../../../../agent/catalogers/jvm/index.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const temurin = {
  IMPLEMENTOR: 'Eclipse Adoptium',
  JAVA_RUNTIME_VERSION: '21.0.2+13-LTS',
  JAVA_VERSION: '21.0.2',
  MODULES: 'java.base java.logging',
  OS_ARCH: 'x86_64',
  FULL_VERSION: '21.0.2+13-LTS',
  SEMANTIC_VERSION: '21.0.2+13',
  IMAGE_TYPE: 'JRE',
};

const releases: readonly (readonly [string, string, Readonly<Record<string, string>>, string | undefined])[] =
  [
    [
      'Temurin',
      'opt/java/openjdk/release',
      temurin,
      'pkg:generic/eclipse-adoptium/jre@21.0.2%2B13-LTS?arch=x86_64',
    ],
    [
      'Temurin 8',
      'opt/java/openjdk/release',
      {
        IMPLEMENTOR: 'Temurin',
        JAVA_VERSION: '1.8.0_392',
        FULL_VERSION: '1.8.0_392-b08',
        SEMANTIC_VERSION: '8.0.392+8',
        IMAGE_TYPE: 'JDK',
      },
      'pkg:generic/temurin/jdk@1.8.0_392-b08',
    ],
    [
      'Corretto',
      'usr/lib/jvm/java-17-amazon-corretto/release',
      {
        IMPLEMENTOR: 'Amazon.com Inc.',
        JAVA_VERSION: '17.0.9',
        JAVA_RUNTIME_VERSION: '17.0.9+8-LTS',
        MODULES: 'java.base jdk.compiler',
      },
      'pkg:generic/amazon/jdk@17.0.9%2B8-LTS',
    ],
    [
      'Zulu, a runtime by its directory',
      'usr/lib/jvm/zulu17-jre/release',
      { IMPLEMENTOR: 'Azul Systems, Inc.', JAVA_VERSION: '17.0.9', IMPLEMENTOR_VERSION: 'Zulu17.46+19-CA' },
      'pkg:generic/azul-systems/jre@17.0.9',
    ],
    [
      'Semeru',
      'opt/java/release',
      { IMPLEMENTOR: 'International Business Machines Corporation', JAVA_VERSION: '11.0.21' },
      'pkg:generic/ibm/jdk@11.0.21',
    ],
    [
      'Oracle 8',
      'usr/java/jdk1.8.0_202/release',
      { JAVA_VERSION: '1.8.0_202', OS_ARCH: 'amd64' },
      'pkg:generic/jdk@1.8.0_202?arch=amd64',
    ],
    [
      'one made by jlink',
      'opt/app/release',
      { JAVA_VERSION: '21', MODULES: 'java.base' },
      'pkg:generic/jre@21',
    ],
    ['one of nobody', 'opt/app/release', { JAVA_VERSION: '21', IMPLEMENTOR: 'N/A' }, 'pkg:generic/jdk@21'],
    ['another program', 'opt/app/release', { VERSION: '21' }, undefined],
    ['a broken one', 'opt/app/release', { JAVA_VERSION: '@@VERSION@@' }, undefined],
  ];

for (const [what, path, values, expected] of releases) {
  test(`reads the release of ${what}`, () => {
    const text = Object.entries(values).map(([key, value]) => `${key}="${value}"\n`);
    const [record] = jvm.parse(bufferFile(path, text.join(''))).packages ?? [];
    assert.equal(record && purlOf(record, undefined), expected);
  });
}

test('the maker is told in full', () => {
  const [record] =
    jvm.parse(bufferFile('jdk/release', 'JAVA_VERSION=21\nIMPLEMENTOR="Red Hat, Inc."\n')).packages ?? [];
  assert.deepEqual([record?.vendor, record?.namespace], ['Red Hat, Inc.', 'red-hat']);
});

test('a large file of that name is not read', () => {
  const { packages, truncated } = jvm.parse(bufferFile('jdk/release', 'JAVA_VERSION=21\n'.repeat(10_000)));
  assert.equal(packages, undefined);
  assert.match(truncated ?? '', /larger than 65536 bytes/);
});

test('any bytes are a release or none', () => {
  const seed = Buffer.from(
    Object.entries(temurin)
      .map(([key, value]) => `${key}="${value}"\n`)
      .join(''),
  );
  for (const text of [`IMPLEMENTOR=a${' '.repeat(60_000)}b`, `A="${' '.repeat(60_000)}"x`])
    assertSurvives(jvm, 'jdk/release', Buffer.from(`JAVA_VERSION=1\n${text}`));
  fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(jvm, 'jdk/release', bytes)));
});

test('a runtime has its folder to itself, unless others live there', () => {
  const text = 'JAVA_VERSION="21.0.2"\n';
  const claimsOf = (path: string) => jvm.parse(bufferFile(path, text)).claims;
  assert.deepEqual(claimsOf('opt/java/openjdk/release'), [
    { owner: 'jdk', files: [], folders: ['opt/java/openjdk'] },
  ]);
  assert.equal(claimsOf('opt/release'), undefined);
});
