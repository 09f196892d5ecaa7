import { accessSync, constants } from 'node:fs';
import type { ArchivedImage } from '../../agent/layers/archives/archived-image.ts';
import { openImageTarget } from '../../agent/layers/archives/image-target.ts';
import { isFor, platformText } from '../../agent/layers/archives/platform.ts';
import { chooseImage } from '../engines/choose-image.ts';
import { familiarName } from '../engines/image-names.ts';
import { EXIT, exitCodeOf, Failure } from '../failure.ts';
import { shortDigest } from '../output/text.ts';
import { readLayers, type OnLayer } from './read-layers.ts';
import type { ScanOptions } from './scan-options.ts';
import type { ScannedImage, ScanResult } from './scan-result.ts';
import type { ScanTarget } from './target.ts';

/** Scans an image in a file or folder, or an unpacked root. */
export async function scanArchive(
  target: ScanTarget,
  options: ScanOptions,
  onLayer: OnLayer,
  signal: AbortSignal,
): Promise<Omit<ScanResult, 'target'>> {
  const { platform } = options;
  if (target.kind === 'dir') refuseClosedFolder(target.subject);
  const images = await openImageTarget(target.text, { signal, ...(platform !== undefined && { platform }) });
  const image = choose(images, target, options);
  const read = await readLayers(image.layers, onLayer, signal);
  return target.kind === 'dir' ? read : { image: scannedImage(image), ...read };
}

/** A closed folder inside is a problem of a part; this one is all there is. What else is wrong is told when it is opened. */
function refuseClosedFolder(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (exitCodeOf(error) === EXIT.denied)
      throw new Failure(EXIT.denied, `${path}: permission denied`, error);
  }
}

function choose(images: readonly ArchivedImage[], target: ScanTarget, options: ScanOptions): ArchivedImage {
  const fitting = ofPlatform(images, target, options);
  if (options.image !== undefined) return named(options.image, fitting, target);
  const [image, ...others] = fitting;
  if (image !== undefined && others.length === 0) return image;
  const there = fitting.map(({ names, imageId }) => familiarName(names[0] ?? shortDigest(imageId)));
  throw new Failure(
    EXIT.usage,
    `${target.text} holds ${fitting.length} images: ${there.join(', ')}; choose one with --image`,
  );
}

function ofPlatform(
  images: readonly ArchivedImage[],
  target: ScanTarget,
  { platform }: ScanOptions,
): readonly ArchivedImage[] {
  if (platform === undefined) return images;
  const fitting = images.filter((image) => isFor(platform, image));
  if (fitting.length > 0) return fitting;
  const there = [...new Set(images.map(platformText))];
  throw new Failure(
    EXIT.notFound,
    `${target.text} holds no image for ${platformText(platform)}, only for ${there.join(', ')}`,
  );
}

function named(query: string, images: readonly ArchivedImage[], target: ScanTarget): ArchivedImage {
  const candidates = images.map((image) => ({
    image,
    imageId: image.imageId,
    manifestDigests: image.manifestDigest === undefined ? [] : [image.manifestDigest],
    names: image.names.map((name) => ({ name })),
  }));
  return chooseImage(query, candidates, target.text).image;
}

function scannedImage(image: ArchivedImage): ScannedImage {
  const { imageId, manifestDigest, names, os, architecture, variant, layers } = image;
  return {
    imageId,
    ...(manifestDigest !== undefined && { manifestDigest }),
    names,
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    diffIds: layers.map(({ diffId }) => diffId),
  };
}
