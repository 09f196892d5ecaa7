import type { FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { isObject, objectsOf, readJson, textOf, textsOf, type JsonObject } from '../package-database/json.ts';
import { filled } from '../package-database/optional.ts';
import { present } from '../package-database/present.ts';

/** 500 packages have 1 MiB. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Reads the list of what Composer installed: an array of packages by Composer 1, an object with `packages` by Composer 2.
 * What was installed for development alone is as much in the image as the rest.
 * Source: Composer\Repository\FilesystemRepository.
 */
export function parseInstalled(file: LayerFile): FactContent {
  const { value, ...cut } = readJson(file, MAX_BYTES);
  const list = isObject(value) ? value['packages'] : value;
  return { packages: objectsOf(list).flatMap((one) => recordOf(one) ?? []), ...cut };
}

function recordOf(one: JsonObject): PackageRecord | undefined {
  const identity = splitName(one['name']);
  const version = textOf(one['version']);
  if (identity === undefined || version === undefined) return undefined;
  return {
    type: 'composer',
    ...identity,
    version,
    ...present({
      licenses: filled(textsOf(one['license'])),
      dependencies: filled(requirements(one['require'])),
    }),
  };
}

/** `vendor/name`. A private package may lack the vendor. */
export function splitName(
  value: unknown,
): { readonly namespace?: string; readonly name: string } | undefined {
  const [, namespace, name] = /^(?:([^/\s]+)\/)?([^/\s]+)$/.exec(textOf(value) ?? '') ?? [];
  if (name === undefined) return undefined;
  return namespace === undefined ? { name } : { namespace, name };
}

/** PHP itself, its extensions and libraries are required by names without a vendor. */
function requirements(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value).filter((name) => name.includes('/')) : [];
}
