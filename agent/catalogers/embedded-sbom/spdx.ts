import { objectsOf, textOf, textsOf, type JsonObject } from '../package-database/json.ts';
import type { SbomComponent, SbomDocument } from './document.ts';

/** Words for a license that nobody knows, and for none. */
const NO_LICENSE: ReadonlySet<string> = new Set(['NOASSERTION', 'NONE']);

/**
 * Reads an SPDX document in JSON: of version 2 its `packages`, of version 3 the packages in its graph.
 * Source: SPDX 2.3, clauses 7.1, 7.15, 7.21 and 11; SPDX 3.0, Software/Package.
 */
export function readSpdx(document: JsonObject): SbomDocument {
  const described = new Set(textsOf(document['documentDescribes']));
  const relations = objectsOf(document['relationships']);
  for (const { relationshipType, relatedSpdxElement } of relations as readonly SpdxRelation[]) {
    if (relationshipType === 'DESCRIBES') described.add(textOf(relatedSpdxElement) ?? '');
  }
  const components = [
    ...objectsOf(document['packages']).flatMap((one) => packageOf(one, described) ?? []),
    ...objectsOf(document['@graph']).flatMap((one) => elementOf(one) ?? []),
  ];
  return { components, dependencies: relations.flatMap(dependencyOf) };
}

interface SpdxRelation {
  readonly relationshipType?: unknown;
  readonly spdxElementId?: unknown;
  readonly relatedSpdxElement?: unknown;
}

function packageOf(one: JsonObject, described: ReadonlySet<string>): SbomComponent | undefined {
  const reference = objectsOf(one['externalRefs']).find(({ referenceType }) => referenceType === 'purl');
  const purl = textOf(reference?.['referenceLocator']);
  if (purl === undefined) return undefined;
  const ref = textOf(one['SPDXID']) ?? '';
  const licenses = textsOf(one['licenseDeclared']).filter((license) => !NO_LICENSE.has(license));
  return { ref, purl, licenses, isSubject: described.has(ref) };
}

function elementOf(one: JsonObject): SbomComponent | undefined {
  const purl = textOf(one['software_packageUrl']);
  if (purl === undefined) return undefined;
  return { ref: textOf(one['spdxId']) ?? '', purl, licenses: [], isSubject: false };
}

function dependencyOf(relation: SpdxRelation): readonly (readonly [string, string])[] {
  const from = textOf(relation.spdxElementId);
  const to = textOf(relation.relatedSpdxElement);
  if (from === undefined || to === undefined) return [];
  if (relation.relationshipType === 'DEPENDS_ON') return [[from, to]];
  return relation.relationshipType === 'DEPENDENCY_OF' ? [[to, from]] : [];
}
