import type { PackageLocation } from './composition.ts';

/** A place in one text, as Java writes it: `app.jar!/lib/x.jar` for what lies in an archive. */
export function locationText({ path, inside }: Pick<PackageLocation, 'path' | 'inside'>): string {
  return inside === undefined ? path : `${path}!/${inside}`;
}
