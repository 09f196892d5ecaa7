import { stat } from 'node:fs/promises';
import type { Image } from '../../../core/inventory.ts';
import { RuntimeError, type LocatedLayer } from '../runtime.ts';
import type { DockerApi } from './api.ts';
import type { ImageDetails } from './api-types.ts';
import { usesContainerdStore } from './images.ts';

/** Does what `Runtime.withLayers` promises, for an engine that knows no leases: it looks again afterwards. */
export async function useLayers<T>(
  api: DockerApi,
  image: Image,
  signal: AbortSignal,
  use: (layers: readonly LocatedLayer[]) => Promise<T>,
): Promise<T> {
  if (usesContainerdStore(await api.info(signal))) {
    throw new RuntimeError(
      'unsupported',
      `Docker keeps its images in containerd here: read image ${image.imageId} through containerd's socket, namespace "moby"`,
    );
  }
  const details = await api.image(image.imageId, signal);
  if (details === undefined)
    throw new RuntimeError('not-found', `Docker has no image ${image.imageId} any more`);
  const layers = locateLayers(details);
  await checkVisible(layers);

  let failure: { readonly cause: unknown } | undefined;
  let result: T | undefined;
  try {
    result = await use(layers);
  } catch (cause) {
    failure = { cause };
  }
  const after = await api.image(image.imageId, signal);
  // The same image loaded anew lies in other directories: what was read may be half of one, half of none.
  if (after === undefined || !samePlaces(layers, locateLayers(after))) {
    const message = `image ${image.imageId} was removed while its layers were being read; nothing of it is kept`;
    throw new RuntimeError('not-found', message, failure?.cause);
  }
  if (failure !== undefined) throw failure.cause;
  return result as T;
}

/**
 * The image's layer directories, base first, as the overlay2 storage driver keeps them.
 * `LowerDir` lists the directories below the top one as overlayfs wants them: the uppermost first.
 * Source: Docker's documentation, "OverlayFS storage driver".
 */
export function locateLayers(image: ImageDetails): readonly LocatedLayer[] {
  const diffIds = image.RootFS?.Layers ?? [];
  if (diffIds.length === 0) return [];

  const driver = image.GraphDriver?.Name || 'unknown';
  const upper = image.GraphDriver?.Data['UpperDir'];
  if (driver !== 'overlay2' || upper === undefined) {
    throw new RuntimeError(
      'unsupported',
      `Docker's storage driver "${driver}" does not show layers as directories; ` +
        `tallyman reads overlay2, so save the image with "docker save" and scan that archive instead`,
    );
  }
  const lower = image.GraphDriver?.Data['LowerDir'];
  const directories = lower ? [...lower.split(':').reverse(), upper] : [upper];
  if (directories.length !== diffIds.length) {
    throw new RuntimeError(
      'unsupported',
      `image ${image.Id} has ${diffIds.length} layers, but Docker names ${directories.length} directories for it: its storage is damaged or of an unknown kind`,
    );
  }
  return directories.map((path, at) => ({
    diffId: diffIds[at] ?? '',
    location: { kind: 'overlay-directory', path },
  }));
}

/** The engine names its own paths; inside a container the agent sees them only if they are mounted alike. */
async function checkVisible(layers: readonly LocatedLayer[]): Promise<void> {
  for (const { location } of layers) {
    if (location.kind !== 'overlay-directory') continue;
    try {
      await stat(location.path);
    } catch (error) {
      throw new RuntimeError(
        'denied',
        `cannot see Docker's layer directory ${location.path}: run the agent as root, and in a container mount Docker's data root, read-only, at the same path as on the host`,
        error,
      );
    }
  }
}

function samePlaces(one: readonly LocatedLayer[], other: readonly LocatedLayer[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
