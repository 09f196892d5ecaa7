import type { FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { linesOf, readText } from '../package-database/text.ts';
import { rpmRecord, stated } from './package.ts';

/** An image with it has dozens of packages, of 150 bytes each. */
const MAX_BYTES = 1024 * 1024;
const FIELDS = 10;

/**
 * Reads the list that Mariner and Azure Linux leave in images without an rpm database. Fields between tabs: name,
 * version-release, install time, build time, vendor, epoch, size, architecture, epoch as a number, source package.
 * Lines with fewer fields are passed over.
 */
export function parseManifest(file: LayerFile): FactContent {
  const { text, ...cut } = readText(file, MAX_BYTES);
  const packages: PackageRecord[] = [];
  for (const line of linesOf(text)) {
    const fields = line.trimEnd().split('\t');
    const [name, version, , , vendor, epoch, , architecture, , sourceRpm] = fields;
    if (fields.length < FIELDS || name === undefined || name === '' || version === undefined) continue;
    packages.push(
      rpmRecord(name, version, {
        epoch: /^\d+$/.test(epoch ?? '') ? Number(epoch) : undefined,
        architecture: stated(architecture),
        sourceRpm: stated(sourceRpm),
        vendor: stated(vendor),
      }),
    );
  }
  return { packages, ...cut };
}
