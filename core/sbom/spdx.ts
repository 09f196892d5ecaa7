import type { Package } from '../composition.ts';
import { dependencyPurls, fullName } from './dependencies.ts';
import { declaredLicense } from './licenses.ts';
import type { SbomMaker, SbomSubject } from './subject.ts';

const NO_ASSERTION = 'NOASSERTION';
const ROOT = 'SPDXRef-Image';

/** An SPDX 2.3 document, ready for JSON. Source: SPDX specification 2.3, clauses 6, 7, 10, 11 and its JSON schema. */
export function spdx(subject: SbomSubject, maker: SbomMaker): object {
  const ids = new Map(
    subject.packages.map((one, at) => [one.purl, `SPDXRef-Package-${at + 1}-${idText(one.name)}`]),
  );
  const texts = new LicenseTexts();
  const packages = subject.packages.map((one) => packageOf(one, ids.get(one.purl) ?? ROOT, texts));
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: subject.name,
    documentNamespace: `https://tallyman.dev/spdx/${idText(subject.name)}-${maker.uuid}`,
    creationInfo: { creators: [`Tool: tallyman-${maker.toolVersion}`], created: maker.created },
    documentDescribes: [ROOT],
    packages: [rootPackage(subject), ...packages],
    hasExtractedLicensingInfos: texts.infos(),
    relationships: [
      relationship('SPDXRef-DOCUMENT', 'DESCRIBES', ROOT),
      ...[...ids.values()].map((id) => relationship(ROOT, 'CONTAINS', id)),
      ...[...dependencyPurls(subject.packages)].flatMap(([purl, needed]) =>
        needed.map((other) => relationship(ids.get(purl) ?? ROOT, 'DEPENDS_ON', ids.get(other) ?? ROOT)),
      ),
    ],
  };
}

function rootPackage(subject: SbomSubject): object {
  return {
    SPDXID: ROOT,
    name: subject.name,
    ...(subject.imageId !== undefined && { versionInfo: subject.imageId }),
    primaryPackagePurpose: 'CONTAINER',
    ...unknowns(),
    licenseDeclared: NO_ASSERTION,
    ...(subject.release?.prettyName !== undefined && {
      comment: `Operating system: ${subject.release.prettyName}`,
    }),
  };
}

function packageOf(one: Package, id: string, texts: LicenseTexts): object {
  const first = one.locations[0];
  return {
    SPDXID: id,
    name: fullName(one),
    ...(one.version !== '' && { versionInfo: one.version }),
    primaryPackagePurpose: one.role === 'application' ? 'APPLICATION' : 'LIBRARY',
    ...(one.vendor !== undefined && { supplier: `Organization: ${oneLine(one.vendor)}` }),
    ...unknowns(),
    licenseDeclared: declared(one, texts),
    ...(first !== undefined && {
      sourceInfo: `acquired from ${one.locations.map(({ path }) => path).join(', ')}`,
    }),
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: one.purl },
    ],
  };
}

function unknowns(): object {
  return {
    downloadLocation: NO_ASSERTION,
    filesAnalyzed: false,
    licenseConcluded: NO_ASSERTION,
    copyrightText: NO_ASSERTION,
  };
}

function declared(one: Package, texts: LicenseTexts): string {
  const license = declaredLicense(one);
  if (license === undefined) return NO_ASSERTION;
  return license.kind === 'expression'
    ? license.expression
    : license.texts.map((text) => texts.idOf(text)).join(' AND ');
}

/** Declared texts that are no SPDX expression get a LicenseRef of the document's own (clause 10). */
class LicenseTexts {
  readonly #ids = new Map<string, string>();

  idOf(text: string): string {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = `LicenseRef-${this.#ids.size + 1}-${idText(text).slice(0, 40)}`;
    this.#ids.set(text, id);
    return id;
  }

  infos(): object[] {
    return [...this.#ids].map(([text, licenseId]) => ({
      licenseId,
      extractedText: text,
      name: oneLine(text).slice(0, 200),
    }));
  }
}

function relationship(from: string, relationshipType: string, to: string): object {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

/** Identifiers hold letters, digits, `.` and `-` only. */
function idText(text: string): string {
  return text.replace(/[^A-Za-z0-9.-]+/g, '-');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
