import { readFile } from 'node:fs/promises';
import {
  buildImage,
  type BuiltImage,
  type Compression,
  type ImageOptions,
} from '../../cli/demo/oci-image.ts';
import { writeTar, type TarEntry } from '../../cli/demo/tar-writer.ts';

/** Debian's busybox-static: a program that runs with nothing else in its image. */
const BUSYBOX = '/usr/bin/busybox';

export interface SmallImageOptions extends ImageOptions {
  readonly compression?: Compression;
}

/** An image of the given layers, base first; each layer is a list of files. */
export function smallImage(
  layers: readonly (readonly TarEntry[])[],
  { compression = 'gzip', ...options }: SmallImageOptions = {},
): BuiltImage {
  return buildImage(
    layers.map((entries) => ({ tar: writeTar(entries), compression })),
    options,
  );
}

/** An image that runs: busybox at /bin/busybox as its base, sleeping unless told otherwise, below the given layers. */
export async function runnableImage(
  layers: readonly (readonly TarEntry[])[] = [],
  options: SmallImageOptions = {},
): Promise<BuiltImage> {
  const base: readonly TarEntry[] = [
    { path: 'bin', type: 'directory' },
    { path: 'bin/busybox', content: await readFile(BUSYBOX), mode: 0o755 },
  ];
  return smallImage([base, ...layers], { entrypoint: ['/bin/busybox', 'sleep', '1000'], ...options });
}
