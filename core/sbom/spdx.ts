import type { LayerBuild, Package } from '../composition.ts';
import type { PackageFlag } from '../facts.ts';
import { declaredLicenses, expressionOfSeveral, licenseExpression } from '../licenses/declared.ts';
import { locationText } from '../location.ts';
import { dependencyPurls, fullName } from './dependencies.ts';
import { extractedLicenses, type ExtractedLicenses } from './extracted-licenses.ts';
import { idText, oneLine } from './spdx-text.ts';
import type { SbomMaker, SbomSubject } from './subject.ts';

const NO_ASSERTION = 'NOASSERTION';
const DOCUMENT = 'SPDXRef-DOCUMENT';
const ROOT = 'SPDXRef-Subject';
const SYSTEM = 'SPDXRef-OperatingSystem';

const FLAG_COMMENTS: Readonly<Record<PackageFlag, string>> = {
  'partly-installed': 'Its files are there, but its configuration never finished.',
  'not-software': 'An entry of the package database that installs nothing.',
  'database-deleted': 'Known only from a package database that a later layer deleted.',
};

/** An SPDX 2.3 document, ready for JSON. Source: SPDX specification 2.3, clauses 6, 7, 10, 11 and its JSON schema. */
export function spdx(subject: SbomSubject, maker: SbomMaker): object {
  const ids = new Map(
    subject.packages.map((one, at) => [one.purl, `SPDXRef-Package-${at + 1}-${idText(one.name)}`]),
  );
  const texts = extractedLicenses();
  const idOf = (purl: string): string => ids.get(purl) ?? ROOT;
  const packages = subject.packages.map((one) => packageOf(one, idOf(one.purl), texts));
  const system = systemPackage(subject);
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name: oneLine(subject.name),
    documentNamespace: `https://tallyman.dev/spdx/${idText(subject.name)}-${maker.uuid}`,
    creationInfo: { creators: [`Tool: tallyman-${maker.toolVersion}`], created: maker.created },
    documentDescribes: [ROOT],
    packages: [rootPackage(subject), ...system, ...packages],
    hasExtractedLicensingInfos: texts.infos(),
    relationships: [
      relationship(DOCUMENT, 'DESCRIBES', ROOT),
      ...system.map(() => relationship(ROOT, 'CONTAINS', SYSTEM)),
      ...[...ids.values()].map((id) => relationship(ROOT, 'CONTAINS', id)),
      ...[...dependencyPurls(subject.packages)].flatMap(([purl, needed]) =>
        needed.map((other) => relationship(idOf(purl), 'DEPENDS_ON', idOf(other))),
      ),
    ],
  };
}

function rootPackage(subject: SbomSubject): object {
  return {
    SPDXID: ROOT,
    name: oneLine(subject.name),
    ...(subject.imageId !== undefined && { versionInfo: subject.imageId }),
    primaryPackagePurpose: subject.imageId === undefined ? 'OTHER' : 'CONTAINER',
    ...(subject.builds !== undefined && { comment: subject.builds.map(buildText).join(' ') }),
    ...unknowns(),
    licenseDeclared: NO_ASSERTION,
  };
}

function buildText({ layer, nvr, contentSets = [] }: LayerBuild): string {
  const build = nvr === undefined ? '' : ` is of build ${nvr}`;
  const sets = contentSets.length === 0 ? '' : ` has packages from ${contentSets.join(', ')}`;
  return oneLine(`Layer ${layer}${[build, sets].filter((text) => text !== '').join(' and')}.`);
}

function systemPackage({ release }: SbomSubject): object[] {
  if (release === undefined) return [];
  return [
    {
      SPDXID: SYSTEM,
      name: oneLine(release.id),
      ...(release.versionId !== undefined && { versionInfo: release.versionId }),
      ...(release.prettyName !== undefined && { summary: release.prettyName }),
      primaryPackagePurpose: 'OPERATING_SYSTEM',
      ...unknowns(),
      licenseDeclared: NO_ASSERTION,
    },
  ];
}

function packageOf(one: Package, id: string, texts: ExtractedLicenses): object {
  const supplier = supplierText(one.vendor ?? '');
  const comments = (one.flags ?? []).map((flag) => FLAG_COMMENTS[flag]);
  return {
    SPDXID: id,
    name: oneLine(fullName(one)),
    ...(one.version !== '' && { versionInfo: one.version }),
    primaryPackagePurpose: one.role === 'application' ? 'APPLICATION' : 'LIBRARY',
    ...(supplier !== '' && { supplier: `Organization: ${supplier}` }),
    ...(one.sha1 !== undefined && { checksums: [{ algorithm: 'SHA1', checksumValue: one.sha1 }] }),
    ...unknowns(),
    ...declared(one, texts),
    ...(one.locations.length > 0 && {
      sourceInfo: `acquired from ${one.locations.map(locationText).join(', ')}`,
    }),
    ...(comments.length > 0 && { comment: comments.join(' ') }),
    externalRefs: [
      { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: one.purl },
    ],
  };
}

/** Packages write `Name <address>`, SPDX (clause 7.5) `Name (address)`. */
function supplierText(vendor: string): string {
  return oneLine(vendor).replace(/<([^<>]*)>$/, '($1)');
}

function unknowns(): object {
  return {
    downloadLocation: NO_ASSERTION,
    filesAnalyzed: false,
    licenseConcluded: NO_ASSERTION,
    copyrightText: NO_ASSERTION,
  };
}

/** The declared texts, where they are not the expression itself, go with it. */
function declared(one: Package, texts: ExtractedLicenses): object {
  const licenses = declaredLicenses(one);
  if (licenses.length === 0) return { licenseDeclared: NO_ASSERTION };
  const expressions = licenses.map((license) => texts.expressionOf(license));
  const licenseDeclared = licenseExpression(one) ?? expressionOfSeveral(one.type, expressions);
  const said = licenses.map(({ text }) => oneLine(text));
  const isSaid = said.length === 1 && (said[0] === licenseDeclared || licenses[0]?.kind === 'text');
  return { licenseDeclared, ...(!isSaid && { licenseComments: `Declared as: ${said.join('; ')}` }) };
}

function relationship(from: string, relationshipType: string, to: string): object {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}
