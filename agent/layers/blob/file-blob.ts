import { open } from 'node:fs/promises';
import type { FileRegion } from '../file-bytes.ts';
import { layerErrorOf, LayerError } from '../layer-error.ts';
import type { OpenBlob } from './blob-source.ts';

const PIECE_BYTES = 256 * 1024;

/** Streams a region of a file. Throws a LayerError when the file cannot be read or ends before the region does. */
export function fileBlob({ path, offset, length }: FileRegion): OpenBlob {
  return async function* () {
    const file = await open(path, 'r').catch((error: unknown) => {
      throw layerErrorOf(error, path);
    });
    try {
      for (let at = 0; at < length;) {
        const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, length - at));
        const { bytesRead } = await file.read(piece, 0, piece.length, offset + at);
        if (bytesRead === 0) throw new LayerError('malformed', `${path}: is cut short`);
        at += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  };
}
