import type { Hash } from 'node:crypto';
import type { Budget } from '../budget.ts';
import { readInto, type FileRegion } from '../file-bytes.ts';
import { LayerError } from '../layer-error.ts';
import { tarParser, type TarMember } from './parser.ts';

/** Holds a good many headers of small files, and costs little where the next one is far away. */
const SEEKING_BYTES = 64 * 1024;
const HASHING_BYTES = 1024 * 1024;
const PIECE_STEPS = 256;

/** A tar that lies uncompressed in an open file. */
export interface OpenTar {
  readonly fd: number;
  readonly region: FileRegion;
  readonly budget: Budget;
}

/**
 * Calls `onMember` for every member of a tar, and leaves the contents out; with `hash`, goes through all bytes.
 * Throws a LayerError `malformed` or `limit`.
 */
export async function eachMember(
  { fd, region, budget }: OpenTar,
  hash: Hash | undefined,
  onMember: (member: TarMember) => void,
): Promise<void> {
  const parser = tarParser((member) => {
    onMember(member);
    return undefined;
  });
  const piece = Buffer.allocUnsafe(hash === undefined ? SEEKING_BYTES : HASHING_BYTES);
  budget.checkTar(region.length);
  let at = 0;
  while (at < region.length && !(parser.isEnded && hash === undefined)) {
    if (hash === undefined && parser.skippable > 0) {
      at += parser.skippable;
      parser.skip();
      continue;
    }
    const bytes = piece.subarray(0, Math.min(piece.length, region.length - at));
    if (readInto(fd, region.offset + at, bytes) < bytes.length) throw cutShort();
    hash?.update(bytes);
    parser.push(bytes);
    at += bytes.length;
    if (budget.spend(PIECE_STEPS)) await budget.pause();
  }
  if (at > region.length) throw cutShort();
  parser.finish();
}

function cutShort(): LayerError {
  return new LayerError('malformed', 'the tar of the layer is cut short');
}
