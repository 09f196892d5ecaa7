import type { Cataloger } from '../../../core/facts.ts';
import { readRelease } from './release.ts';

/** Real ones take one or two KB. */
const MAX_BYTES = 64 << 10;

/** Java runtimes and development kits, by the `release` file at their root. */
export const jvm: Cataloger = {
  id: 'jvm',
  version: 1,
  candidates: {
    basenames: ['release'],
    accepts: (path) => path.includes('/'),
  },
  parse(file) {
    if (file.size > MAX_BYTES) return {};
    const record = readRelease(new TextDecoder().decode(file.read(0, MAX_BYTES)), file.path);
    return record === undefined ? {} : { packages: [record] };
  },
};
