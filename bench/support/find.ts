import { writeFileSync } from 'node:fs';
import { commandCost, leastOf, type Cost } from './cost.ts';
import { command } from './workplace.ts';

/** What find(1) takes to list every name below these folders: the least that any scan of them must do. */
export async function findCost(folders: readonly string[], times = 3): Promise<Cost> {
  return await leastOf(times, () => commandCost('find', [...folders, '-printf', '']));
}

/** How many names there are, and bytes of files. */
export async function sizeOf(folder: string): Promise<{ readonly names: number; readonly bytes: number }> {
  const dots = await command('find', [folder, '-printf', '.']);
  const bytes = await command('du', ['--summarize', '--apparent-size', '--bytes', folder]);
  return { names: dots.length, bytes: Number(bytes.split('\t')[0]) };
}

/** Makes the kernel forget cached files and names, so that the next reading comes from the disk. False when it may not. */
export async function dropCaches(): Promise<boolean> {
  await command('sync', []);
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}
