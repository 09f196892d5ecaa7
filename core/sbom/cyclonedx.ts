import type { Package } from '../composition.ts';
import { dependencyPurls } from './dependencies.ts';
import { declaredLicense } from './licenses.ts';
import type { SbomMaker, SbomSubject } from './subject.ts';

/** A CycloneDX 1.6 document, ready for JSON. Source: CycloneDX specification, bom-1.6.schema.json. */
export function cycloneDx(subject: SbomSubject, maker: SbomMaker): object {
  const root = subject.imageId ?? subject.name;
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
        type: 'container',
        name: subject.name,
        ...(subject.imageId !== undefined && { version: subject.imageId }),
        properties: imageProperties(subject),
      },
    },
    components: [...osComponent(subject), ...subject.packages.map((one) => component(one, subject))],
    dependencies: [
      { ref: root, dependsOn: subject.packages.map((one) => one.purl) },
      ...[...dependencies].map(([ref, dependsOn]) => ({ ref, dependsOn })),
    ],
  };
}

function imageProperties(subject: SbomSubject): object[] {
  return [
    ...(subject.manifestDigest === undefined ? [] : [property('manifest', subject.manifestDigest)]),
    ...(subject.os === undefined
      ? []
      : [property('platform', `${subject.os}/${subject.architecture ?? ''}`)]),
    ...subject.diffIds.map((diffId) => property('diffId', diffId)),
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
    ...licenses(one),
    purl: one.purl,
    evidence: { occurrences: one.locations.map((location) => ({ location: location.path })) },
    properties: [
      ...one.locations.flatMap(({ introducedBy, cataloger }, at) => [
        property(`location:${at}:cataloger`, cataloger),
        property(`location:${at}:introducedBy`, subject.diffIds[introducedBy] ?? String(introducedBy)),
      ]),
      ...(one.source === undefined ? [] : [property('source', sourceText(one.source))]),
      ...(one.flags ?? []).map((flag) => property('flag', flag)),
    ],
  };
}

function licenses(one: Package): object {
  const declared = declaredLicense(one);
  if (declared === undefined) return {};
  if (declared.kind === 'expression') {
    return { licenses: [{ expression: declared.expression, acknowledgement: 'declared' }] };
  }
  return { licenses: declared.texts.map((name) => ({ license: { name, acknowledgement: 'declared' } })) };
}

function sourceText({ name, version }: { name: string; version?: string }): string {
  return version === undefined ? name : `${name} ${version}`;
}

function property(name: string, value: string): object {
  return { name: `tallyman:${name}`, value };
}
