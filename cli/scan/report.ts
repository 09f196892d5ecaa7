import type { OsRelease, ProductBuild } from '../../core/facts.ts';
import type { Package, PackageLocation } from '../../core/composition.ts';
import type { Finding } from '../../core/findings.ts';
import type { DiffId } from '../../core/layer.ts';
import type { ScannedImage, ScanProblem, ScanResult } from './scan-result.ts';

/** Raised when a field changes its meaning or goes; new fields may come without. */
const SCHEMA_VERSION = 1;

/** A place in an image, its layers by diff ID; a plain directory has none. */
interface Placed {
  readonly path: string;
  readonly layer?: DiffId;
}

/** What `scan --format json` prints. */
export interface ScanReport {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly target: string;
  readonly image?: ScannedImage;
  readonly release?: OsRelease;
  readonly builds?: readonly (Omit<Placed, 'path'> & ProductBuild)[];
  readonly packages: readonly (Omit<Package, 'locations'> & {
    readonly locations: readonly (Placed & {
      readonly introducedBy?: DiffId;
      readonly cataloger: string;
      readonly inside?: string;
    })[];
  })[];
  readonly findings: readonly (Placed & Omit<Finding, 'layer' | 'path'>)[];
  readonly problems: readonly (Placed & Omit<ScanProblem, 'layer' | 'path'>)[];
  readonly opaqueBlind: boolean;
}

export function scanReport(result: ScanResult): ScanReport {
  const { target, image, composition, packages, findings, problems } = result;
  const diffIds = image?.diffIds ?? [];
  return {
    schemaVersion: SCHEMA_VERSION,
    target,
    ...(image !== undefined && { image }),
    ...(composition.release !== undefined && { release: composition.release }),
    ...(composition.builds !== undefined && {
      builds: composition.builds.map(({ layer, ...build }) => ({ ...layerOf(layer, diffIds), ...build })),
    }),
    packages: packages.map((one) => ({
      ...one,
      locations: one.locations.map((location) => placed(location, diffIds)),
    })),
    findings: findings.map(({ layer, ...finding }) => ({ ...layerOf(layer, diffIds), ...finding })),
    problems: problems.map(({ layer, ...problem }) => ({ ...layerOf(layer, diffIds), ...problem })),
    opaqueBlind: composition.opaqueBlind,
  };
}

function placed(
  { path, layer, introducedBy, cataloger, inside }: PackageLocation,
  diffIds: readonly DiffId[],
): ScanReport['packages'][number]['locations'][number] {
  const origin = diffIds[introducedBy];
  return {
    path,
    ...layerOf(layer, diffIds),
    ...(origin !== undefined && { introducedBy: origin }),
    cataloger,
    ...(inside !== undefined && { inside }),
  };
}

function layerOf(layer: number, diffIds: readonly DiffId[]): { readonly layer?: DiffId } {
  const diffId = diffIds[layer];
  return diffId === undefined ? {} : { layer: diffId };
}
