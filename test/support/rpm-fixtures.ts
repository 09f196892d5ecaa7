import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Databases of one set of packages in the three formats; see the README beside them. */
export const RPM_FIXTURES = ['rpmdb.sqlite', 'Packages.db', 'Packages'] as const;

export function rpmFixture(name: (typeof RPM_FIXTURES)[number]): Uint8Array {
  return gunzipSync(readFileSync(new URL(`../fixtures/rpm/${name}.gz`, import.meta.url)));
}
