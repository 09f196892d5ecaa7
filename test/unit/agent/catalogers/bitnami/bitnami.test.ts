import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bitnami } from '../../../../../agent/catalogers/bitnami/index.ts';
import { purlOf } from '../../../../../core/purl.ts';
import { assertSurvives, hostileBytes } from '../../../../support/hostile.ts';
import { bufferFile } from '../../../../support/layer-file.ts';

const SPDX = 'opt/bitnami/postgresql/.spdx-postgresql.spdx';
const COMPONENTS = 'opt/bitnami/.bitnami_components.json';

function spdxPackage(name: string, purl: string, license = 'NOASSERTION') {
  return {
    SPDXID: `SPDXRef-${name}`,
    name,
    licenseDeclared: license,
    externalRefs: [
      { referenceCategory: 'SECURITY', referenceType: 'cpe23Type', referenceLocator: 'cpe:2.3:a:x' },
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
    ],
  };
}

const DOCUMENT = {
  spdxVersion: 'SPDX-2.3',
  documentDescribes: ['SPDXRef-postgresql'],
  packages: [
    spdxPackage('postgresql', 'pkg:bitnami/postgresql@17.5.0-14?arch=amd64&distro=debian-12', 'PostgreSQL'),
    spdxPackage('geos', 'pkg:bitnami/geos@3.13.1?arch=amd64&distro=debian-12'),
    spdxPackage('pljava', 'pkg:maven/org.postgresql/pljava@1.6.10'),
  ],
  relationships: [
    {
      spdxElementId: 'SPDXRef-postgresql',
      relationshipType: 'DEPENDS_ON',
      relatedSpdxElement: 'SPDXRef-geos',
    },
  ],
};

function parse(path: string, content: unknown) {
  return bitnami.parse(bufferFile(path, JSON.stringify(content)));
}

test("Bitnami's own packages of a document count, and no others", () => {
  assert.deepEqual(parse(SPDX, DOCUMENT).packages, [
    {
      type: 'bitnami',
      name: 'postgresql',
      version: '17.5.0-14',
      architecture: 'amd64',
      licenses: ['PostgreSQL'],
      qualifiers: { distro: 'debian-12' },
      dependencies: ['geos'],
    },
    {
      type: 'bitnami',
      name: 'geos',
      version: '3.13.1',
      architecture: 'amd64',
      qualifiers: { distro: 'debian-12' },
    },
  ]);
});

test('the list of components gives the same purl as the document', () => {
  const { packages = [] } = parse(COMPONENTS, {
    postgresql: { arch: 'amd64', distro: 'debian-12', type: 'NAMI', version: '17.5.0-14' },
    broken: {},
    'no-object': 7,
  });
  assert.deepEqual(
    packages.map((record) => purlOf(record, undefined)),
    ['pkg:bitnami/postgresql@17.5.0-14?arch=amd64&distro=debian-12'],
  );
});

test("only Bitnami's places are candidates", () => {
  assert.deepEqual(
    [
      SPDX,
      COMPONENTS,
      'opt/bitnami/common/.spdx-wait-for-port.spdx',
      'srv/.spdx-a.spdx',
      'opt/bitnami/a.spdx',
    ].map((path) => bitnami.candidates.accepts(path)),
    [true, true, true, false, false],
  );
});

test('any bytes give components, none or an error', () => {
  const seed = Buffer.from(JSON.stringify(DOCUMENT));
  fc.assert(
    fc.property(hostileBytes(seed), (bytes) => {
      assertSurvives(bitnami, SPDX, bytes);
      assertSurvives(bitnami, COMPONENTS, bytes);
    }),
  );
});
