import { createHash } from 'node:crypto';
import { buildImage, type BuiltImage } from '../../cli/demo/oci-image.ts';
import { writeTar } from '../../cli/demo/tar-writer.ts';

export interface NamedImage {
  readonly image: BuiltImage;
  readonly names: readonly string[];
}

/** Layers that many images share: so many bases, and so many layers upon each. */
const BASES = 8;
const MIDDLES = 5;
const BASE_BYTES = 400_000;
const MIDDLE_BYTES = 60_000;
const OWN_BYTES = 20_000;

/**
 * Images as a node collects them, those of these numbers: each has a base and a layer on it that others have too, and one
 * of its own. One in ten has a second name. Layers do not compress and are not compressed; a number always gives the same.
 */
export function manyImages(from: number, to: number): NamedImage[] {
  const layer = (path: string, bytes: number): Buffer =>
    writeTar([
      { path, content: noise(path, bytes) },
      { path: `${path}.txt`, content: path },
    ]);
  const bases = Array.from({ length: BASES }, (_, at) => layer(`base-${at}`, BASE_BYTES));
  const middles = Array.from({ length: BASES * MIDDLES }, (_, at) => layer(`middle-${at}`, MIDDLE_BYTES));
  return Array.from({ length: to - from }, (_, offset) => {
    const at = from + offset;
    const middle = at % middles.length;
    const tars = [bases[middle % BASES], middles[middle], layer(`own-${at}`, OWN_BYTES)];
    const image = buildImage(tars.flatMap((tar) => (tar === undefined ? [] : [{ tar }])));
    const name = `bench.invalid/team-${at % 7}/app-${at % 150}:${at}`;
    return { image, names: at % 10 === 0 ? [name, `${name}-again`] : [name] };
  });
}

/** Bytes that no compressor makes fewer. */
function noise(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at * 32 < length; at += 1)
    blocks.push(createHash('sha256').update(`${seed}/${at}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}
