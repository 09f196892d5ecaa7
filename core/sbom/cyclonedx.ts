import type { LayerBuild, Package, PackageLocation } from '../composition.ts';
import { declaredLicenses, licenseExpression } from '../licenses/declared.ts';
import { spdxLicense } from '../licenses/spdx-ids.ts';
import { locationText } from '../location.ts';
import { dependencyPurls } from './dependencies.ts';
import type { SbomMaker, SbomSubject } from './subject.ts';

/** A CycloneDX 1.6 document, ready for JSON. Source: CycloneDX specification, bom-1.6.schema.json. */
export function cycloneDx(subject: SbomSubject, maker: SbomMaker): object {
  const root = `subject:${subject.imageId ?? subject.name}`;
  const dependencies = dependencyPurls(subject.packages);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${maker.uuid}`,
    version: 1,
    metadata: {
      timestamp: maker.created,
      tools: { components: [{ type: 'application', name: 'tallyman', version: maker.toolVersion }] },
      component: {
        'bom-ref': root,
        type: subject.imageId === undefined ? 'file' : 'container',
        name: subject.name,
        ...(subject.imageId !== undefined && { version: subject.imageId }),
        properties: subjectProperties(subject),
      },
    },
    components: [...osComponent(subject), ...subject.packages.map((one) => component(one, subject))],
    dependencies: [
      { ref: root, dependsOn: subject.packages.map((one) => one.purl) },
      ...[...dependencies].map(([ref, dependsOn]) => ({ ref, dependsOn })),
    ],
  };
}

function subjectProperties(subject: SbomSubject): object[] {
  const { manifestDigest, os, architecture = '' } = subject;
  return [
    ...(manifestDigest === undefined ? [] : [property('manifest', manifestDigest)]),
    ...(os === undefined ? [] : [property('platform', `${os}/${architecture}`)]),
    ...subject.diffIds.map((diffId) => property('diffId', diffId)),
    ...(subject.builds ?? []).flatMap((build, at) => buildProperties(build, at, subject)),
  ];
}

function buildProperties(build: LayerBuild, at: number, { diffIds }: SbomSubject): object[] {
  const { contentSets = [], nvr, architecture, cpe } = build;
  const said = { layer: diffIds[build.layer], nvr, architecture, cpe };
  return [
    ...Object.entries(said).flatMap(([key, value]) =>
      value === undefined ? [] : [property(`build:${at}:${key}`, value)],
    ),
    ...contentSets.map((one) => property(`build:${at}:contentSet`, one)),
  ];
}

function osComponent({ release }: SbomSubject): object[] {
  if (release === undefined) return [];
  return [
    {
      'bom-ref': `os:${release.id}`,
      type: 'operating-system',
      name: release.id,
      ...(release.versionId !== undefined && { version: release.versionId }),
      ...(release.prettyName !== undefined && { description: release.prettyName }),
      ...(release.cpeName !== undefined && { cpe: release.cpeName }),
    },
  ];
}

function component(one: Package, subject: SbomSubject): object {
  return {
    'bom-ref': one.purl,
    type: one.role === 'application' ? 'application' : 'library',
    ...(one.namespace !== undefined && { group: one.namespace }),
    name: one.name,
    ...(one.version !== '' && { version: one.version }),
    ...(one.vendor !== undefined && { supplier: { name: one.vendor } }),
    ...(one.sha1 !== undefined && { hashes: [{ alg: 'SHA-1', content: one.sha1 }] }),
    ...licenses(one),
    purl: one.purl,
    evidence: { occurrences: one.locations.map((place) => ({ location: locationText(place) })) },
    properties: [
      ...one.locations.flatMap((location, at) => locationProperties(location, at, subject)),
      ...licenseProperties(one),
      ...(one.source === undefined ? [] : [property('source', sourceText(one.source))]),
      ...(one.flags ?? []).map((flag) => property('flag', flag)),
    ],
  };
}

function locationProperties(location: PackageLocation, at: number, subject: SbomSubject): object[] {
  const layer = subject.diffIds[location.layer];
  const introducedBy = subject.diffIds[location.introducedBy];
  return [
    property(`location:${at}:cataloger`, location.cataloger),
    ...(layer === undefined ? [] : [property(`location:${at}:layer`, layer)]),
    ...(introducedBy === undefined ? [] : [property(`location:${at}:introducedBy`, introducedBy)]),
  ];
}

/** Either one expression or a list of licenses: the schema allows no mixture. */
function licenses(one: Package): object {
  const declared = declaredLicenses(one);
  if (declared.length === 0) return {};
  const expression = licenseExpression(one);
  if (expression !== undefined) return { licenses: [{ expression, acknowledgement: 'declared' }] };
  return {
    licenses: declared.map((license) => ({
      license: {
        ...(license.kind === 'expression' && spdxLicense(license.expression) === license.expression
          ? { id: license.expression }
          : { name: license.text }),
        acknowledgement: 'declared',
      },
    })),
  };
}

/** The texts as declared, where the document's licenses are not those. */
function licenseProperties(one: Package): object[] {
  const expression = licenseExpression(one);
  return declaredLicenses(one)
    .filter((license) => license.kind === 'expression' && license.text !== (expression ?? license.expression))
    .map(({ text }) => property('license', text));
}

function sourceText({ name, version }: { readonly name: string; readonly version?: string }): string {
  return version === undefined ? name : `${name} ${version}`;
}

function property(name: string, value: string): object {
  return { name: `tallyman:${name}`, value };
}
