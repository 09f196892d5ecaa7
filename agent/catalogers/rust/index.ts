import type { Cataloger, PackageRecord } from '../../../core/facts.ts';
import { readExecutables } from '../executable/read.ts';
import { readAuditData, type Crate } from './audit-data.ts';

/** Crates of Rust programs that were built with cargo-auditable; others do not tell. */
export const rustBinary: Cataloger = {
  id: 'rust-binary',
  version: 2,
  candidates: {
    suffixes: ['.exe'],
    executables: true,
    accepts: () => true,
  },
  parse(file) {
    for (const executable of readExecutables(file)) {
      const crates = readAuditData(executable);
      if (crates !== undefined) return { packages: packagesOf(crates) };
    }
    return {};
  },
};

/**
 * What was only needed to build is in the list, but not in the program. Crates of the program's own source tree are the
 * application as much as its root, which an installing cargo may have fetched.
 */
function packagesOf(crates: readonly Crate[]): readonly PackageRecord[] {
  return crates
    .filter(({ isBuildOnly }) => !isBuildOnly)
    .map(({ name, version, isRoot, isLocal, dependencies }) => {
      const needed = dependencies.flatMap((place) => {
        const crate = crates[place];
        return crate === undefined || crate.isBuildOnly ? [] : [crate.name];
      });
      return {
        type: 'cargo',
        name,
        version,
        ...((isRoot || isLocal) && { role: 'application' as const }),
        ...(needed.length > 0 && { dependencies: [...new Set(needed)] }),
      };
    });
}
