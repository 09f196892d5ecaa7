import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';

// The types of ajv-formats describe its CommonJS form.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

/** The package has no entry for its schemas; they lie beside its manifest. */
const CYCLONEDX = new URL('res/schema/', import.meta.resolve('@cyclonedx/cyclonedx-library/package.json'));

/** Each fails with every violation. */
export interface SbomSchemas {
  /** CycloneDX's published schema 1.6. */
  readonly assertCycloneDx: (document: unknown) => void;
  /** SPDX's schema 2.3, and what its text adds on identifiers. */
  readonly assertSpdx: (document: unknown) => void;
}

/** Compiling takes a while: once for each test file will do. */
export function sbomSchemas(): SbomSchemas {
  const ajv = newAjv();
  for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json']) {
    ajv.addSchema({ ...readSchema(new URL(name, CYCLONEDX)), $id: `http://cyclonedx.org/schema/${name}` });
  }
  const cycloneDx = ajv.compile(readSchema(new URL('bom-1.6.SNAPSHOT.schema.json', CYCLONEDX)));
  const spdx = ajv.compile(readSchema(new URL('../fixtures/sbom/spdx-2.3.schema.json', import.meta.url)));
  return {
    assertCycloneDx: (document) => assertValid(cycloneDx, document),
    assertSpdx(document) {
      assertValid(spdx, document);
      assertReferences(document as SpdxDocument);
    },
  };
}

interface SpdxDocument {
  readonly SPDXID: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly documentNamespace: string;
  readonly documentDescribes: readonly string[];
  readonly packages: readonly { readonly SPDXID: string; readonly licenseDeclared: string }[];
  readonly hasExtractedLicensingInfos: readonly { readonly licenseId: string }[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relatedSpdxElement: string;
    readonly relationshipType: string;
  }[];
}

/** SPDX specification 2.3: clauses 6.3, 6.5, 6.8, 6.9, 7.2, 10.1, 11.1. */
function assertReferences(document: SpdxDocument): void {
  const ids = [document.SPDXID, ...document.packages.map(({ SPDXID }) => SPDXID)];
  for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  assert.equal(new Set(ids).size, ids.length, 'an identifier is given twice');
  assert.match(document.documentNamespace, /^https:\/\/[^#\s]+$/);
  assert.match(document.creationInfo.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  for (const creator of document.creationInfo.creators) assert.match(creator, /^Tool: \S+-\S+$/);
  for (const described of document.documentDescribes) assert.ok(ids.includes(described));
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    assert.ok(ids.includes(spdxElementId), spdxElementId);
    assert.ok(ids.includes(relatedSpdxElement), relatedSpdxElement);
  }
  const extracted = document.hasExtractedLicensingInfos.map(({ licenseId }) => licenseId);
  assert.equal(new Set(extracted).size, extracted.length, 'a license is given twice');
  for (const id of extracted) assert.match(id, /^LicenseRef-[A-Za-z0-9.-]+$/);
  for (const { licenseDeclared } of document.packages) {
    for (const [reference] of licenseDeclared.matchAll(/LicenseRef-[A-Za-z0-9.-]+/g)) {
      assert.ok(extracted.includes(reference), `${reference} has no text`);
    }
  }
}

function newAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: true });
  addFormats(ajv);
  ajv.addFormat('iri-reference', (text: string) => URL.canParse(text, 'https://example.com/'));
  ajv.addFormat('idn-email', /^[^\s@]+@[^\s@]+$/u);
  return ajv;
}

function readSchema(location: URL): object {
  return JSON.parse(readFileSync(location, 'utf8')) as object;
}

function assertValid(validate: ValidateFunction, document: unknown): void {
  const isValid = validate(document);
  const violations = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  assert.ok(isValid, violations.slice(0, 20).join('\n'));
}
