import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { ReadingBudget } from './budget.ts';
import { describedPackage } from './contents.ts';
import { describedRecord } from './identity.ts';
import { ARCHIVE_SUFFIXES, descriptorPlace, javaPlace } from './place.ts';
import { packagesIn } from './walk.ts';

/** Of a pom.properties or pom.xml that lies in the image itself. */
const MAX_DESCRIPTOR_BYTES = 1 << 20;

/** Java libraries and programs: archives with all that are in them, and what was unpacked of such. */
export const java: Cataloger = {
  id: 'java',
  version: 5,
  candidates: {
    basenames: ['pom.properties'],
    suffixes: ARCHIVE_SUFFIXES,
    accepts: (path) => javaPlace(path) !== undefined,
  },
  companions: (path) => (javaPlace(path) === 'properties' ? ['pom.xml'] : []),
  parse: (file) => (javaPlace(file.path) === 'archive' ? readArchiveFile(file) : readUnpacked(file)),
};

function readArchiveFile(file: LayerFile): FactContent {
  const budget = new ReadingBudget(file.size);
  const packages = packagesIn({ path: file.path, source: file }, budget);
  const { truncated } = budget;
  return {
    ...(packages !== undefined && packages.length > 0 && { packages }),
    ...(truncated !== undefined && { truncated }),
  };
}

/** A program that was unpacked to run, as buildpacks and servers do, still has its description. */
function readUnpacked(file: LayerFile): FactContent {
  const place = descriptorPlace(file.path);
  if (place === undefined) return {};
  const xml = file.sibling('pom.xml');
  const packages = describedPackage(place, textOf(file), xml && textOf(xml)).map(
    (one) => ({ ...describedRecord(one), role: 'application' }) as const,
  );
  const isCut = [file, xml].some((one) => one !== undefined && one.size > MAX_DESCRIPTOR_BYTES);
  return {
    ...(packages.length > 0 && { packages }),
    ...(isCut && { truncated: `only the first ${MAX_DESCRIPTOR_BYTES} bytes were read` }),
  };
}

function textOf(file: LayerFile): string {
  return new TextDecoder().decode(file.read(0, MAX_DESCRIPTOR_BYTES));
}
