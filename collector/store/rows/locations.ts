import type { PackageLocation } from '../../../core/composition.ts';

/** Where a package was found, as JSON without the names of its fields. */
export function writeLocations(locations: readonly PackageLocation[]): string {
  return JSON.stringify(
    locations.map(({ path, layer, introducedBy, cataloger, inside }) =>
      inside === undefined
        ? [path, layer, introducedBy, cataloger]
        : [path, layer, introducedBy, cataloger, inside],
    ),
  );
}

export function readLocations(text: string): PackageLocation[] {
  const rows = JSON.parse(text) as [string, number, number, string, string?][];
  return rows.map(([path, layer, introducedBy, cataloger, inside]) => ({
    path,
    layer,
    introducedBy,
    cataloger,
    ...(inside !== undefined && { inside }),
  }));
}
