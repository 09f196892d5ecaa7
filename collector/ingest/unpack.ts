import { promisify } from 'node:util';
import { constants, zstdDecompress } from 'node:zlib';
import { equalBytes } from '../../core/state-tree.ts';
import { sha256 } from '../../platform/sha256.ts';
import { WireError } from '../../proto/codec/wire-error.ts';

const decompress = promisify(zstdDecompress);

/** 8 MiB; agents use 2. A frame that asks for more would make us hold it. */
const LARGEST_WINDOW_LOG = 23;

/** What the last chunk says of the uncompressed message. */
export interface Expected {
  readonly sha256: Uint8Array;
  readonly size: number;
}

/**
 * The uncompressed message, if it is what was announced. Never more than `maxBytes` of it are made, whatever the
 * compressed bytes would inflate to. Throws a WireError.
 */
export async function unpack(
  compressed: Uint8Array,
  expected: Expected,
  maxBytes: number,
): Promise<Uint8Array> {
  if (expected.size > maxBytes) {
    throw new WireError('too-large', `content of ${expected.size} bytes; at most ${maxBytes} are accepted`);
  }
  const message = await inflate(compressed, expected.size);
  if (message.length !== expected.size || !equalBytes(sha256(message), expected.sha256)) {
    throw new WireError('mismatch', 'content is not what its hash says');
  }
  return message;
}

async function inflate(compressed: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    return await decompress(compressed, {
      // zlib refuses a bound of 0.
      maxOutputLength: Math.max(1, size),
      params: { [constants.ZSTD_d_windowLogMax]: LARGEST_WINDOW_LOG },
    });
  } catch (error) {
    throw new WireError('malformed', 'content is not zstd, or inflates to more than it says', error);
  }
}
