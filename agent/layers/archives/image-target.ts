import { sniffCompression } from '../blob/decompress.ts';
import { openTree } from '../directory/tree.ts';
import { fileSize, readRegion } from '../file-bytes.ts';
import { LayerError } from '../layer-error.ts';
import type { ArchivedImage } from './archived-image.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { dockerImages } from './docker-images.ts';
import { layoutDirectory } from './layout-directory.ts';
import { ociImages } from './oci-images.ts';
import { platformOf, type Platform } from './platform.ts';
import { streamArchive } from './stream-archive.ts';
import { tarArchive } from './tar-archive.ts';

const TARGET_KINDS = ['dir', 'docker-archive', 'oci-archive', 'oci-layout'] as const;

export interface TargetOptions {
  /** Of images that are there for several platforms, which to take; this machine's when absent. */
  readonly platform?: Platform;
  readonly signal?: AbortSignal;
}

/**
 * The images in `docker-archive:FILE`, `oci-archive:FILE`, `oci-layout:DIR` or `dir:PATH` (an unpacked root, taken as one
 * layer). Archives may be compressed with gzip or zstd as a whole, too. Nothing stays open.
 * Throws a LayerError that says what is wrong with the target.
 */
export async function openImageTarget(
  target: string,
  options: TargetOptions = {},
): Promise<readonly ArchivedImage[]> {
  const colon = target.indexOf(':');
  const kind = TARGET_KINDS.find((known) => known === target.slice(0, colon));
  const path = target.slice(colon + 1);
  const { platform = platformOf(process.arch), signal } = options;
  if (kind === undefined || path === '') {
    const known = TARGET_KINDS.map((name) => `${name}:PATH`).join(', ');
    throw new LayerError('unsupported', `${target}: not a target; known are ${known}`);
  }
  switch (kind) {
    case 'dir':
      return [directoryImage(path, platform)];
    case 'docker-archive':
      return dockerImages(await openArchive(target, path, signal));
    case 'oci-archive':
      return ociImages(await openArchive(target, path, signal), platform);
    case 'oci-layout':
      openTree(path);
      return ociImages(layoutDirectory(target, path), platform);
  }
}

function directoryImage(path: string, { os, architecture }: Platform): ArchivedImage {
  openTree(path);
  return {
    imageId: 'dir',
    names: [],
    os,
    architecture,
    labels: {},
    sizeBytes: 0,
    layers: [{ diffId: 'dir', location: { kind: 'root-directory', path } }],
  };
}

async function openArchive(
  title: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ArchiveFiles> {
  const size = fileSize(path);
  const compression = sniffCompression(readRegion({ path, offset: 0, length: Math.min(4, size) }));
  try {
    return compression === 'none'
      ? await tarArchive(title, path, signal)
      : await streamArchive(title, path, signal);
  } catch (error) {
    if (!(error instanceof LayerError) || error.code !== 'malformed') throw error;
    throw new LayerError('not-an-image', `${title}: no image archive: ${error.message}`, { cause: error });
  }
}
