import { closeSync, fstatSync, openSync } from 'node:fs';
import { startBudget } from '../budget.ts';
import { readRegion, type FileRegion } from '../file-bytes.ts';
import { layerErrorOf, LayerError } from '../layer-error.ts';
import { eachMember } from '../tar/each-member.ts';
import { MAX_DOCUMENT_BYTES, type ArchiveFiles } from './archive-files.ts';
import { memberNames } from './member-names.ts';

/** An archive that is a plain tar: its files are read where they lie. Throws a LayerError when it is none. */
export async function tarArchive(title: string, path: string, signal?: AbortSignal): Promise<ArchiveFiles> {
  const names = memberNames();
  const fd = open(path);
  try {
    const region = { path, offset: 0, length: fstatSync(fd).size };
    const budget = startBudget(signal === undefined ? {} : { signal });
    await eachMember({ fd, region, budget }, undefined, (member) => names.add(member));
  } finally {
    closeSync(fd);
  }

  function regionOf(name: string): FileRegion | undefined {
    const member = names.find(name);
    return member === undefined ? undefined : { path, offset: member.offset, length: member.size };
  }

  return {
    title,
    async read(name) {
      const region = regionOf(name);
      if (region === undefined) return undefined;
      if (region.length > MAX_DOCUMENT_BYTES) throw new LayerError('limit', `${title}: ${name} is too large`);
      return readRegion(region);
    },
    locate(name) {
      const region = regionOf(name);
      return region === undefined ? undefined : { kind: 'tar-file', region };
    },
    sizeOf: (name) => regionOf(name)?.length ?? 0,
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw layerErrorOf(error, path);
  }
}
