import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { PackageRecord, PackageType } from '../../../../core/facts.ts';
import { cycloneDx } from '../../../../core/sbom/cyclonedx.ts';
import { spdx } from '../../../../core/sbom/spdx.ts';
import type { SbomSubject } from '../../../../core/sbom/subject.ts';
import { sbomSchemas } from '../../../support/sbom-schemas.ts';
import { maker, packageOf, subjectOf } from './samples.ts';

const { assertCycloneDx, assertSpdx } = sbomSchemas();

const openssl = packageOf({
  type: 'deb',
  name: 'openssl',
  version: '3.0.11-1~deb12u2',
  architecture: 'amd64',
  source: { name: 'openssl', version: '3.0.11' },
  vendor: 'Debian OpenSSL Team <openssl@example.org>',
  flags: ['partly-installed'],
});
const app = packageOf(
  {
    type: 'npm',
    namespace: '@ours',
    name: 'app',
    version: '1.0.0',
    role: 'application',
    licenses: ['MIT', 'Our own terms'],
    dependencies: ['semver'],
  },
  'srv/app/package.json',
);
const semver = packageOf({ type: 'npm', name: 'semver', version: '7.0.0', licenses: ['ISC'] });
const sha1 = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const jar = {
  ...packageOf({ type: 'maven', name: 'tool', version: '', sha1 }),
  locations: [{ path: 'app.jar', layer: 1, introducedBy: 1, cataloger: 'java', inside: 'lib/tool.jar' }],
};
const image = subjectOf([openssl, app, semver, jar]);

/** A document as a reader gets it. */
function read(document: object) {
  return JSON.parse(JSON.stringify(document));
}

test('the schemas refuse what is no document of theirs', () => {
  assert.throws(() => assertCycloneDx({ ...cycloneDx(image, maker), specVersion: 1.6 }), /specVersion/);
  assert.throws(() => assertSpdx({ ...spdx(image, maker), surplus: true }), /additional/);
});

suite('CycloneDX', () => {
  test('a document of every kind of package follows the published schema', () => {
    assertCycloneDx(read(cycloneDx(image, maker)));
  });

  test('so does one of a folder with nothing in it', () => {
    const {
      imageId: _,
      manifestDigest: __,
      release: ___,
      ...bare
    } = subjectOf([], { name: 'dir:/', diffIds: [] });
    assertCycloneDx(read(cycloneDx(bare, maker)));
  });

  test('a package has its purl, its places and the layer that brought it', () => {
    const component = read(cycloneDx(image, maker)).components[1];
    assert.equal(component['bom-ref'], openssl.purl);
    assert.equal(component.purl, openssl.purl);
    assert.deepEqual(component.evidence.occurrences, [{ location: 'var/lib/dpkg/status' }]);
    const properties = Object.fromEntries(
      component.properties.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    assert.equal(properties['tallyman:location:0:introducedBy'], image.diffIds[0]);
    assert.equal(properties['tallyman:flag'], 'partly-installed');
  });

  test('what lies in an archive has its place there, what only its bytes identify their digest', () => {
    const component = read(cycloneDx(image, maker)).components.at(-1);
    assert.deepEqual(component.evidence.occurrences, [{ location: 'app.jar!/lib/tool.jar' }]);
    assert.deepEqual(component.hashes, [{ alg: 'SHA-1', content: sha1 }]);
  });

  test('declared licenses are one expression, or identifiers and names where one is none', () => {
    const { components } = read(cycloneDx(image, maker));
    assert.deepEqual(components[3].licenses, [{ expression: 'ISC', acknowledgement: 'declared' }]);
    assert.deepEqual(components[2].licenses, [
      { license: { id: 'MIT', acknowledgement: 'declared' } },
      { license: { name: 'Our own terms', acknowledgement: 'declared' } },
    ]);
  });

  test('a declared text that the expression does not show goes with it', () => {
    const bash = packageOf({ type: 'rpm', name: 'bash', version: '5', licenses: ['GPLv3+'] });
    const component = read(cycloneDx(subjectOf([bash]), maker)).components.at(-1);
    assert.deepEqual(component.licenses, [{ expression: 'GPL-3.0-or-later', acknowledgement: 'declared' }]);
    assert.ok(
      component.properties.some(
        ({ name, value }: { name: string; value: string }) =>
          name === 'tallyman:license' && value === 'GPLv3+',
      ),
    );
    const document = read(spdx(subjectOf([bash]), maker));
    assertSpdx(document);
    assert.equal(document.packages[2].licenseDeclared, 'GPL-3.0-or-later');
    assert.equal(document.packages[2].licenseComments, 'Declared as: GPLv3+');
  });

  test('what depends on what is told', () => {
    const { dependencies, metadata } = read(cycloneDx(image, maker));
    assert.deepEqual(dependencies[0], {
      ref: metadata.component['bom-ref'],
      dependsOn: [openssl.purl, app.purl, semver.purl, jar.purl],
    });
    assert.deepEqual(dependencies[1], { ref: app.purl, dependsOn: [semver.purl] });
  });
});

suite('SPDX', () => {
  test('a document of every kind of package follows the published schema', () => {
    assertSpdx(read(spdx(image, maker)));
  });

  test('so does one of a folder with nothing in it', () => {
    const {
      imageId: _,
      manifestDigest: __,
      release: ___,
      ...bare
    } = subjectOf([], { name: 'dir:/', diffIds: [] });
    assertSpdx(read(spdx(bare, maker)));
  });

  test('a package has its purl, its place and what is known of its state', () => {
    const one = read(spdx(image, maker)).packages[2];
    assert.deepEqual(one.externalRefs[0].referenceLocator, openssl.purl);
    assert.equal(one.sourceInfo, 'acquired from var/lib/dpkg/status');
    assert.equal(one.supplier, 'Organization: Debian OpenSSL Team (openssl@example.org)');
    assert.match(one.comment, /configuration never finished/);
  });

  test('what lies in an archive has its place there, what only its bytes identify their digest', () => {
    const one = read(spdx(image, maker)).packages.find(({ name }: { name: string }) => name === 'tool');
    assert.equal(one.sourceInfo, 'acquired from app.jar!/lib/tool.jar');
    assert.deepEqual(one.checksums, [{ algorithm: 'SHA1', checksumValue: sha1 }]);
  });

  test('text that is no license expression is kept beside what is', () => {
    const document = read(spdx(image, maker));
    const [{ licenseId, extractedText }] = document.hasExtractedLicensingInfos;
    assert.equal(extractedText, 'Our own terms');
    assert.equal(document.packages[3].licenseDeclared, `MIT OR ${licenseId}`);
    assert.equal(document.packages[2].licenseDeclared, 'NOASSERTION');
  });

  test('a license that only the package knows is in the document, once', () => {
    const one = packageOf({ type: 'npm', name: 'a', version: '1', licenses: ['LicenseRef-ours'] });
    const other = packageOf({ type: 'npm', name: 'b', version: '1', licenses: ['LicenseRef-ours OR MIT'] });
    const document = read(spdx(subjectOf([one, other]), maker));
    assertSpdx(document);
    assert.equal(document.hasExtractedLicensingInfos.length, 1);
  });
});

const text = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }));
const types: readonly PackageType[] = ['deb', 'rpm', 'apk', 'npm', 'pypi', 'golang', 'generic'];
const records: fc.Arbitrary<PackageRecord> = fc.record(
  {
    type: fc.constantFrom(...types),
    name: text,
    version: fc.string(),
    namespace: text,
    architecture: text,
    epoch: fc.nat(),
    licenses: fc.array(
      fc.oneof(text, fc.constantFrom('MIT', 'LicenseRef-x', 'MIT or ISC', 'GPLv2+ and BSD')),
    ),
    vendor: text,
    role: fc.constant('application' as const),
    flags: fc.constant(['database-deleted'] as const),
    dependencies: fc.array(text),
  },
  { requiredKeys: ['type', 'name', 'version'] },
);

test('whatever packages say of themselves, both documents are valid, and the same each time', () => {
  fc.assert(
    fc.property(fc.array(records, { maxLength: 6 }), text, (all, name) => {
      const packages = new Map(all.map((record) => packageOf(record)).map((one) => [one.purl, one]));
      const subject: SbomSubject = subjectOf([...packages.values()], { name });
      const documents = [read(cycloneDx(subject, maker)), read(spdx(subject, maker))];
      assertCycloneDx(documents[0]);
      assertSpdx(documents[1]);
      assert.deepEqual([read(cycloneDx(subject, maker)), read(spdx(subject, maker))], documents);
    }),
    { numRuns: 50 },
  );
});
