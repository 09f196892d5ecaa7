import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { embeddedSbom } from '../../../../../agent/catalogers/embedded-sbom/index.ts';
import type { PackageRecord } from '../../../../../core/facts.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { cycloneDx } from '../../../../../core/sbom/cyclonedx.ts';
import { spdx } from '../../../../../core/sbom/spdx.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';
import { maker, packageOf, subjectOf } from '../../../core/sbom/samples.ts';

const CDX = 'layers/sbom/launch/node/sbom.cdx.json';
const SPDX = 'usr/share/sbom/app.spdx.json';

function parse(path: string, document: unknown) {
  return embeddedSbom.parse(bufferFile(path, JSON.stringify(document)));
}

const records: readonly PackageRecord[] = [
  {
    type: 'npm',
    namespace: '@babel',
    name: 'core',
    version: '7.1.0',
    licenses: ['MIT'],
    dependencies: ['ms'],
  },
  { type: 'npm', name: 'ms', version: '2.0.0' },
  { type: 'maven', namespace: 'org.example', name: 'lib', version: '1.0' },
  { type: 'gem', name: 'nokogiri', version: '1.16.0', qualifiers: { platform: 'x86_64-linux' } },
  {
    type: 'deb',
    name: 'libssl3',
    version: '3.0.11-1~deb12u2',
    architecture: 'amd64',
    source: { name: 'openssl', version: '3.0.11-1~deb12u2' },
  },
  {
    type: 'rpm',
    name: 'bash',
    version: '5.1-2.el9',
    epoch: 1,
    distribution: { id: 'rhel', version: '9.4' },
    source: { name: 'bash', version: '5.1-2.el9' },
  },
  { type: 'golang', namespace: 'github.com/a', name: 'b', version: 'v2.0.0+incompatible' },
];

for (const [standard, path, write] of [
  ['CycloneDX', CDX, cycloneDx],
  ['SPDX', SPDX, spdx],
] as const) {
  test(`a ${standard} document gives the purls that it was written of, with dependencies`, () => {
    const packages = records.map((record) => packageOf(record));
    const found = parse(path, write(subjectOf(packages), maker)).packages ?? [];
    assert.deepEqual(
      found.map((record) => purlOf(record, undefined)).sort(),
      packages.map(({ purl }) => purl).sort(),
    );
    const core = found.find(({ name }) => name === 'core');
    assert.deepEqual([core?.licenses, core?.dependencies], [['MIT'], ['ms']]);
  });
}

test('components are found at any depth, the subject is the application, what is not shipped is left out', () => {
  const document = {
    bomFormat: 'CycloneDX',
    metadata: { component: { purl: 'pkg:npm/shop@1.0', components: [{ purl: 'pkg:npm/inner@1' }] } },
    components: [
      { type: 'file', name: 'x', components: [{ purl: 'pkg:pypi/Deep_er@2' }] },
      { purl: 'pkg:npm/dev@1', scope: 'excluded' },
      { purl: 'pkg:npm/twice@1' },
      { purl: 'pkg:npm/twice@1' },
      { purl: 'pkg:hex/jason@1.4.1', licenses: [{ expression: 'Apache-2.0' }] },
    ],
  };
  const { packages = [] } = parse(CDX, document);
  const byPurl = packages.map((record) => [purlOf(record, undefined), record.role, record.licenses]);
  assert.deepEqual(
    byPurl.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
    [
      ['pkg:hex/jason@1.4.1', undefined, ['Apache-2.0']],
      ['pkg:npm/inner@1', undefined, undefined],
      ['pkg:npm/shop@1.0', 'application', undefined],
      ['pkg:npm/twice@1', undefined, undefined],
      ['pkg:pypi/deep-er@2', undefined, undefined],
    ],
  );
});

test('packages of SPDX 3 are read from the graph', () => {
  const graph = [{ type: 'software_Package', spdxId: 'urn:a', software_packageUrl: 'pkg:cargo/serde@1.0.1' }];
  const { packages } = parse(SPDX, { '@context': 'x', '@graph': graph });
  assert.deepEqual(packages, [{ type: 'cargo', name: 'serde', version: '1.0.1' }]);
});

test('what is no purl, or of no known type, names no package', () => {
  const components = ['pkg:oci/debian@sha256:aa', 'npm/x', 'pkg:npm', 'pkg:npm/%E0%A4', ''].map((purl) => ({
    purl,
  }));
  assert.deepEqual(parse(CDX, { bomFormat: 'CycloneDX', components }), {});
  for (const document of [{}, [], null, { packages: 7 }]) assert.deepEqual(parse(SPDX, document), {});
});

test('documents that repeat what is found elsewhere, and test data, are no candidates', () => {
  const places = [CDX, SPDX, 'app.cdx.json'];
  const others = [
    'var/lib/db/sbom/bash-5.2-r1.spdx.json',
    'usr/lib/python3/site-packages/x-1.dist-info/sboms/auditwheel.cdx.json',
    'app/test/fixtures/a.spdx.json',
    'app/sbom.json',
  ];
  assert.deepEqual(
    places.filter((path) => !embeddedSbom.candidates.accepts(path)),
    [],
  );
  assert.deepEqual(
    others.filter((path) => embeddedSbom.candidates.accepts(path)),
    [],
  );
});

test('any bytes give packages, none or an error', () => {
  const packages = records.map((record) => packageOf(record));
  for (const [path, write] of [
    [CDX, cycloneDx],
    [SPDX, spdx],
  ] as const) {
    const seed = Buffer.from(JSON.stringify(write(subjectOf(packages), maker)));
    fc.assert(fc.property(hostileBytes(seed), (bytes) => assertSurvives(embeddedSbom, path, bytes)));
  }
});

test('a document of more values than any has is said to be unread', () => {
  const many = `{"bomFormat":"CycloneDX","components":[${'[],'.repeat(600_000)}[]]}`;
  const { packages, truncated } = embeddedSbom.parse(bufferFile(CDX, many));
  assert.equal(packages, undefined);
  assert.match(truncated ?? '', /more than 500000 values/);
});

test('a qualifier made to confuse a pattern is read at once', () => {
  const purl = `pkg:deb/debian/x@1?distro=${'-1'.repeat(500_000)}%0A`;
  assert.equal(parse(CDX, { bomFormat: 'CycloneDX', components: [{ purl }] }).packages?.length, 1);
});

test('endless depth is read to its end, or is an error', () => {
  const depth = 20_000;
  const deep = `{"bomFormat":"CycloneDX","components":${'[{"components":'.repeat(depth)}[]${'}]'.repeat(depth)}}`;
  assertSurvives(embeddedSbom, CDX, Buffer.from(deep));
});
