import type { Cataloger, FactContent } from '../../../core/facts.ts';
import { readRelease } from './release.ts';

/** Real ones take one or two KB. */
const MAX_BYTES = 64 << 10;

/** Folders that a runtime may lie in, but never has to itself. */
const SHARED = /^(?:home|opt|root|srv|usr|usr\/lib|usr\/lib\/jvm|usr\/local|usr\/share|var|var\/lib)$/;

/** Java runtimes and development kits, by the `release` file at their root. What lies below it is theirs. */
export const jvm: Cataloger = {
  id: 'jvm',
  version: 2,
  candidates: {
    basenames: ['release'],
    accepts: (path) => path.includes('/'),
  },
  parse(file) {
    if (file.size > MAX_BYTES) return { truncated: `not read: larger than ${MAX_BYTES} bytes` };
    const record = readRelease(new TextDecoder().decode(file.read(0, MAX_BYTES)), file.path);
    return record === undefined ? {} : { packages: [record], ...claimOf(record.name, file.path) };
  },
};

function claimOf(owner: string, path: string): Pick<FactContent, 'claims'> {
  const home = path.slice(0, path.lastIndexOf('/'));
  return SHARED.test(home) ? {} : { claims: [{ owner, files: [], folders: [home] }] };
}
