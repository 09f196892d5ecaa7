import type { LayerFile } from '../../core/layer.ts';
import type { Wanted } from './layer-source.ts';
import { givesRights, hasProgramStat, isProgram, PROGRAM_MAGIC_BYTES } from './programs.ts';
import { union } from './union.ts';

/** Catalogers that may want a file, for its name and in case it is a program. */
interface Interest {
  readonly byName: readonly string[];
  readonly asProgram: readonly string[];
}

/** Who wants a file now that its mode, size and first bytes can be had. */
export function concerned(
  file: LayerFile,
  { byName, asProgram }: Interest,
  wanted: Wanted,
): readonly string[] {
  if (asProgram.length === 0) return byName;
  if (hasProgramStat(file.mode, file.size) && isProgram(file.read(0, PROGRAM_MAGIC_BYTES)))
    return union(byName, asProgram);
  return givesRights(file.mode) ? union(byName, wanted.byMode(file.path)) : byName;
}
