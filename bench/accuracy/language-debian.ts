import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { downloadPackages, unpackPackages } from '../../cli/demo/debian-packages.ts';
import { command, type Workplace } from '../support/workplace.ts';
import { kept } from './kept.ts';

const UNPACKING = 1_800_000;

/** A choice of Debian's packages of one language: every so many of those with such a name, and some by name. */
export interface PackageChoice {
  /** As the tree is called in the cache. */
  readonly name: string;
  readonly pattern?: RegExp;
  readonly every?: number;
  readonly also?: readonly string[];
}

/**
 * Debian's packages of one language, unpacked as on a merged-/usr system, with dpkg's database of them. What they depend
 * on is not there: nothing in the tree can be run.
 */
export async function debianTree(place: Workplace, choice: PackageChoice): Promise<string> {
  return await kept(place, choice.name, async (folder) => {
    const names = await chosen(choice);
    const signal = AbortSignal.timeout(UNPACKING);
    for (const directory of ['bin', 'lib', 'lib64', 'sbin']) {
      mkdirSync(join(folder, 'usr', directory), { recursive: true });
      symlinkSync(`usr/${directory}`, join(folder, directory));
    }
    const packages = await downloadPackages(names, join(place.folder, `${choice.name}-debs`), signal);
    await unpackPackages(packages, folder, signal);
    rmSync(join(place.folder, `${choice.name}-debs`), { recursive: true });
  });
}

/** Real packages only: apt also knows names that others provide. */
async function chosen({ pattern, every = 1, also = [] }: PackageChoice): Promise<readonly string[]> {
  const available = (await command('apt-cache', ['dumpavail'])).matchAll(/^Package: (.*)$/gm);
  const all = new Set([...available].map(([, name = '']) => name));
  const matching = [...all].filter((name) => pattern?.test(name)).sort();
  const some = matching.filter((_, at) => at % every === 0);
  return [...new Set([...some, ...also])].filter((name) => all.has(name));
}
