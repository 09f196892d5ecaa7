import type { LayerFile } from '../../../core/layer.ts';
import { readElf } from './elf.ts';
import type { Executable } from './executable.ts';
import { isMachO, readMachO } from './mach-o.ts';
import { readPe } from './pe.ts';
import { tableAt } from '../bytes/table.ts';

/** The executables in a file by its first bytes: several in a universal Mach-O file, none in any other file. */
export function readExecutables(file: LayerFile): readonly Executable[] {
  const magic = tableAt(file, 0, 4, false)?.u32(0) ?? 0;
  if (isMachO(magic)) return readMachO(file);
  const executable =
    magic === 0x7f454c46 ? readElf(file) : magic >>> 16 === 0x4d5a ? readPe(file) : undefined;
  return executable === undefined ? [] : [executable];
}
