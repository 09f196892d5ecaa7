import { isObject, objectsOf, textOf, textsOf, type JsonObject } from '../package-database/json.ts';
import type { SbomComponent, SbomDocument } from './document.ts';

/**
 * Reads a CycloneDX document in JSON: its components at any depth, without those it says are not shipped.
 * Source: CycloneDX 1.6, "components", "metadata.component", "dependencies".
 */
export function readCycloneDx(document: JsonObject): SbomDocument {
  const { metadata } = document;
  const subject = isObject(metadata) && isObject(metadata['component']) ? metadata['component'] : undefined;
  const components: SbomComponent[] = [];
  if (subject !== undefined) components.push(...componentOf(subject, true));
  // The order of the document matters to nobody; depth is bounded by the reader of JSON.
  const waiting = [...objectsOf(document['components']), ...objectsOf(subject?.['components'])];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (one['scope'] !== 'excluded') components.push(...componentOf(one, false));
    for (const nested of objectsOf(one['components'])) waiting.push(nested);
  }
  const dependencies = objectsOf(document['dependencies']).flatMap(({ ref, dependsOn }) =>
    textsOf(dependsOn).map((to) => [textOf(ref) ?? '', to] as const),
  );
  return { components, dependencies };
}

function componentOf(one: JsonObject, isSubject: boolean): readonly SbomComponent[] {
  const purl = textOf(one['purl']);
  if (purl === undefined) return [];
  const licenses = objectsOf(one['licenses']).flatMap(({ expression, license }) => {
    const named = isObject(license) ? (license['id'] ?? license['name']) : undefined;
    return textsOf(expression ?? named);
  });
  return [{ ref: textOf(one['bom-ref']) ?? purl, purl, licenses, isSubject }];
}
