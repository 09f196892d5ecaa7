import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { ByteSource } from '../bytes/source.ts';
import { readInstalledFiles, readRecord } from './claims.ts';
import { metadataInEgg } from './egg.ts';
import { readHeaders, readMetadata } from './metadata.ts';
import { evidenceKind } from './place.ts';

/** Installed Python distributions, and the files they list as their own. */
export const python: Cataloger = {
  id: 'python',
  version: 3,
  candidates: {
    basenames: ['METADATA', 'PKG-INFO', 'RECORD', 'installed-files.txt'],
    suffixes: ['.egg', '.egg-info'],
    accepts: (path) => evidenceKind(path) !== undefined,
  },
  companions(path) {
    const kind = evidenceKind(path);
    if (kind === 'record') return ['METADATA'];
    return kind === 'installed-files' ? ['PKG-INFO'] : [];
  },
  parse(file) {
    switch (evidenceKind(file.path)) {
      case 'egg': {
        const metadata = metadataInEgg(file);
        return metadata === undefined ? {} : readPackage(metadata);
      }
      case 'metadata':
        return readPackage(file);
      case 'record':
        return readRecord(file);
      case 'installed-files':
        return readInstalledFiles(file);
      case undefined:
        return {};
    }
  },
};

function readPackage(file: ByteSource): FactContent {
  const { headers, cut } = readHeaders(file);
  const truncated = cut ? { truncated: 'only the first MiB of the headers was read' } : {};
  return { packages: [readMetadata(headers)], ...truncated };
}
