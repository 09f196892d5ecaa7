import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { ByteSource } from '../bytes/source.ts';
import { readInstalledFiles, readRecord } from './claims.ts';
import { readEgg } from './egg.ts';
import { readHeaders, readMetadata } from './metadata.ts';
import { evidenceKind, isInEgg } from './place.ts';
import { readRequires } from './requires.ts';

/** Installed Python distributions, and the files they list as their own. */
export const python: Cataloger = {
  id: 'python',
  version: 5,
  candidates: {
    basenames: ['METADATA', 'PKG-INFO', 'RECORD', 'installed-files.txt'],
    suffixes: ['.egg', '.egg-info'],
    accepts: (path) => evidenceKind(path) !== undefined,
  },
  companions(path) {
    const kind = evidenceKind(path);
    if (kind === 'record') return ['METADATA'];
    if (kind === 'metadata') return isInEgg(path) ? ['requires.txt'] : [];
    return kind === 'installed-files' ? ['PKG-INFO'] : [];
  },
  parse(file) {
    switch (evidenceKind(file.path)) {
      case 'egg': {
        const { contents, ...cut } = readEgg(file);
        return contents === undefined
          ? cut
          : { ...readPackage(contents.metadata, contents.requires), ...cut };
      }
      case 'metadata':
        return readPackage(file, file.sibling('requires.txt'));
      case 'record':
        return readRecord(file);
      case 'installed-files':
        return readInstalledFiles(file);
      case undefined:
        return {};
    }
  },
};

/** What it needs is in its own metadata, or in a list beside them. */
function readPackage(file: ByteSource, requires: ByteSource | undefined): FactContent {
  const { headers, cut } = readHeaders(file);
  const stated = readMetadata(headers);
  const listed = stated.dependencies === undefined && requires ? readRequires(requires) : [];
  const truncated = cut ? { truncated: 'only the first MiB of the headers was read' } : {};
  return {
    packages: [{ ...stated, ...(listed.length > 0 && { dependencies: listed }) }],
    ...truncated,
  };
}
