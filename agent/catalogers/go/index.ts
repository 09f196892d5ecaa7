import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { Executable } from '../executable/executable.ts';
import { readExecutables } from '../executable/read.ts';
import type { BuildInfo } from './build-info.ts';
import { readBuildInfo } from './build-info.ts';
import { parseModules } from './modules.ts';
import { packagesOf } from './packages.ts';

/**
 * Modules of Go programs, by the build information that the linker leaves in ELF, PE and Mach-O files.
 * Reads headers and that information only, and the variables of a program whose version is not in it; never a whole
 * program. Packed programs hide theirs.
 */
export const goBinary: Cataloger = {
  id: 'go-binary',
  version: 4,
  candidates: {
    suffixes: ['.exe'],
    executables: true,
    accepts: () => true,
  },
  parse(file) {
    for (const executable of readExecutables(file)) {
      const info = readBuildInfo(executable);
      if (info !== undefined) return contentOf(executable, info);
    }
    return {};
  },
};

function contentOf(executable: Executable, info: BuildInfo): FactContent {
  const complete = info.cut ? info.modules.slice(0, info.modules.lastIndexOf('\n')) : info.modules;
  const modules = parseModules(complete);
  return {
    packages: packagesOf(executable, info, modules),
    ...((info.cut || modules.cut) && {
      truncated: 'the list of modules is too long; only its beginning was read',
    }),
  };
}
