import { join } from 'node:path';
import { fileSize, readRegion } from '../file-bytes.ts';
import { LayerError } from '../layer-error.ts';
import { MAX_DOCUMENT_BYTES, type ArchiveFiles } from './archive-files.ts';

/** An OCI image layout that lies unpacked in a folder. Links in it are followed: build tools share blobs by them. */
export function layoutDirectory(title: string, path: string): ArchiveFiles {
  function sizeOf(name: string): number | undefined {
    try {
      return fileSize(join(path, name));
    } catch (error) {
      if (error instanceof LayerError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  return {
    title,
    async read(name) {
      const length = sizeOf(name);
      if (length === undefined) return undefined;
      if (length > MAX_DOCUMENT_BYTES) throw new LayerError('limit', `${title}: ${name} is too large`);
      return readRegion({ path: join(path, name), offset: 0, length });
    },
    locate(name) {
      const length = sizeOf(name);
      const file = join(path, name);
      return length === undefined
        ? undefined
        : { kind: 'tar-file', region: { path: file, offset: 0, length } };
    },
    sizeOf: (name) => sizeOf(name) ?? 0,
  };
}
