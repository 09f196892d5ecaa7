import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, type Workplace } from '../support/workplace.ts';

/** A folder that is costly to make, from the cache where there is one. `make` gets a path where nothing is yet. */
export async function kept(
  place: Workplace,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(place), name);
  if (existsSync(folder)) return folder;
  await make(`${folder}.making`);
  renameSync(`${folder}.making`, folder);
  return folder;
}
