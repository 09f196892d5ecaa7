import { LayerError } from '../layer-error.ts';
import type { ArchivedImage, ArchivedLayer } from './archived-image.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { checkDigest, parseConfig, parseDockerManifest } from './documents.ts';

/**
 * The images of a `docker save` archive, by its manifest.json: of any Docker, also those whose archive is an OCI image
 * layout at the same time. Configs are checked against the digests in their names; layers are when they are read.
 * Throws a LayerError.
 */
export async function dockerImages(archive: ArchiveFiles): Promise<ArchivedImage[]> {
  const bytes = await archive.read('manifest.json');
  if (bytes === undefined) {
    const isOci = archive.locate('index.json') !== undefined;
    const hint = isOci ? '; it is an OCI archive, so say oci-archive: instead' : '';
    throw new LayerError(
      'not-an-image',
      `${archive.title}: not a docker archive: no manifest.json in it${hint}`,
    );
  }
  const manifest = parseDockerManifest(bytes, `${archive.title}: manifest.json`);
  if (manifest.length === 0)
    throw new LayerError('not-an-image', `${archive.title}: there is no image in it`);
  return Promise.all(
    manifest.map((image) => imageOf(archive, image.Config, image.RepoTags ?? [], image.Layers ?? [])),
  );
}

async function imageOf(
  archive: ArchiveFiles,
  configName: string,
  names: readonly string[],
  layerNames: readonly string[],
): Promise<ArchivedImage> {
  const what = `${archive.title}: ${configName}`;
  const bytes = await archive.read(configName);
  if (bytes === undefined)
    throw new LayerError('not-an-image', `${archive.title}: the config ${configName} is not in it`);
  const hex = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(configName)?.[1];
  if (hex !== undefined) checkDigest(bytes, `sha256:${hex}`, what);
  const { imageId, platform, diffIds, labels, builtAt } = parseConfig(bytes, what);
  if (diffIds.length !== layerNames.length) {
    throw new LayerError(
      'not-an-image',
      `${what}: has ${diffIds.length} diff IDs for ${layerNames.length} layers`,
    );
  }
  return {
    imageId,
    names,
    ...platform,
    ...(builtAt !== undefined && { builtAt }),
    labels,
    sizeBytes: layerNames.reduce((sum, name) => sum + archive.sizeOf(name), 0),
    layers: layerNames.map((name, at) => layerOf(archive, name, diffIds[at] ?? '')),
  };
}

function layerOf(archive: ArchiveFiles, name: string, diffId: string): ArchivedLayer {
  const location = archive.locate(name);
  if (location === undefined)
    throw new LayerError('not-an-image', `${archive.title}: the layer ${name} is not in it`);
  return { diffId, location };
}
