import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { sha256 } from '../../platform/sha256.ts';

const compress = promisify(zstdCompress);

/** A content item ready to go. */
export interface ContentPackage {
  readonly compressed: Uint8Array;
  /** Of the uncompressed message. */
  readonly sha256: Uint8Array;
  readonly size: number;
}

/** Level 3 with the default window of 2 MiB: about a twentieth of the size, and little memory at both ends. */
export async function packContent(message: Uint8Array): Promise<ContentPackage> {
  const compressed = await compress(message, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  return { compressed, sha256: sha256(message), size: message.length };
}
