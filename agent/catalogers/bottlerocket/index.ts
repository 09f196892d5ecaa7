import type { Cataloger, FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { isObject, objectsOf, readJson, textOf } from '../package-database/json.ts';
import { present } from '../package-database/present.ts';

const PATH = 'usr/share/bottlerocket/application-inventory.json';
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_EPOCH = 2 ** 32 - 1;

/**
 * Packages of Bottlerocket, which are built as rpm's, by the inventory that its images carry instead of rpm's database.
 * Source: Bottlerocket, "Software inventory".
 */
export const bottlerocket: Cataloger = {
  id: 'bottlerocket',
  version: 1,
  candidates: { basenames: ['application-inventory.json'], accepts: (path) => path === PATH },
  parse,
};

function parse(file: LayerFile): FactContent {
  const { value, truncated } = readJson(file, MAX_BYTES);
  const packages = objectsOf(isObject(value) ? value['Content'] : undefined).flatMap(
    (one): PackageRecord[] => {
      const [name, version, release] = [one['Name'], one['Version'], one['Release']].map(textOf);
      if (name === undefined || version === undefined) return [];
      return [
        {
          type: 'rpm',
          name,
          version: release === undefined ? version : `${version}-${release}`,
          ...present({
            epoch: epochOf(one['Epoch']),
            architecture: textOf(one['Architecture']),
            vendor: textOf(one['Publisher']),
          }),
        },
      ];
    },
  );
  return { packages, ...present({ truncated }) };
}

function epochOf(value: unknown): number | undefined {
  const text = textOf(value) ?? (typeof value === 'number' ? String(value) : '');
  return /^\d{1,10}$/.test(text) && Number(text) <= MAX_EPOCH ? Number(text) : undefined;
}
