import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import type { BuildInfo } from './build-info.ts';
import { readBuildInfo } from './build-info.ts';
import { readElf } from './elf.ts';
import type { Executable } from './executable.ts';
import { isMachO, readMachO } from './mach-o.ts';
import { parseModules } from './modules.ts';
import { packagesOf } from './packages.ts';
import { readPe } from './pe.ts';
import { tableAt } from './table.ts';

/**
 * Modules of Go programs, by the build information that the linker leaves in ELF, PE and Mach-O files.
 * Reads headers and that information only, never a whole program. Packed programs hide theirs.
 */
export const goBinary: Cataloger = {
  id: 'go-binary',
  version: 1,
  candidates: {
    suffixes: ['.exe'],
    executables: true,
    accepts: () => true,
  },
  parse(file) {
    for (const executable of executablesIn(file)) {
      const info = readBuildInfo(executable);
      if (info !== undefined) return contentOf(info);
    }
    return {};
  },
};

function contentOf(info: BuildInfo): FactContent {
  const complete = info.cut ? info.modules.slice(0, info.modules.lastIndexOf('\n')) : info.modules;
  return {
    packages: packagesOf(info, parseModules(complete)),
    ...(info.cut && { truncated: 'the list of modules is too long; only its beginning was read' }),
  };
}

/** None for any other file; several in a universal Mach-O file. */
function executablesIn(file: LayerFile): readonly Executable[] {
  const magic = tableAt(file, 0, 4, false)?.u32(0) ?? 0;
  if (isMachO(magic)) return readMachO(file);
  const executable =
    magic === 0x7f454c46 ? readElf(file) : magic >>> 16 === 0x4d5a ? readPe(file) : undefined;
  return executable === undefined ? [] : [executable];
}
