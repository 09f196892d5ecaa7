import { LayerError } from '../layer-error.ts';
import type { ArchivedImage, ArchivedLayer } from './archived-image.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { checkDigest, parseConfig, parseManifest, type Descriptor } from './documents.ts';
import { isFor, platformText, type Platform } from './platform.ts';

/** An index may name another index; more levels than this are made to waste our time. */
const MAX_LEVELS = 4;
/** Where tools write an image's name. Sources: containerd, images/annotations.go; OCI image-spec, annotations.md. */
const NAME_ANNOTATIONS = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];
/** BuildKit's provenance lies beside images as manifests of its own (docs/attestations/attestation-storage.md). */
const ATTESTATION = 'vnd.docker.reference.type';

/**
 * The images of an OCI image layout, those of one manifest as one with all its names. Of an image that is there for several
 * platforms, the one asked for. Every document is checked against its digest; layers are when they are read.
 * Source: OCI image-spec, image-layout.md. Throws a LayerError.
 */
export async function ociImages(archive: ArchiveFiles, platform: Platform): Promise<ArchivedImage[]> {
  const bytes = await archive.read('index.json');
  if (bytes === undefined)
    throw new LayerError('not-an-image', `${archive.title}: not an OCI image: no index.json in it`);
  const index = parseManifest(bytes, `${archive.title}: index.json`);
  if (index.kind !== 'index')
    throw new LayerError('not-an-image', `${archive.title}: index.json lists no manifests`);

  const images = new Map<string, { descriptor: Descriptor; names: string[] }>();
  for (const [name, descriptors] of Map.groupBy(index.manifests.filter(isImage), nameOf)) {
    const descriptor = await manifestFor(archive, descriptors, platform, 0);
    const image = images.get(descriptor.digest) ?? { descriptor, names: [] };
    if (name !== '') image.names.push(name);
    images.set(descriptor.digest, image);
  }
  if (images.size === 0) throw new LayerError('not-an-image', `${archive.title}: there is no image in it`);
  return Promise.all(
    [...images.values()].map(({ descriptor, names }) => imageOf(archive, descriptor, names)),
  );
}

/** Goes down through indexes to the manifest for a platform. */
async function manifestFor(
  archive: ArchiveFiles,
  descriptors: readonly Descriptor[],
  platform: Platform,
  level: number,
): Promise<Descriptor> {
  if (level > MAX_LEVELS)
    throw new LayerError('not-an-image', `${archive.title}: its indexes are nested too deep`);
  const descriptor = choose(archive, descriptors, platform);
  const document = parseManifest(
    await readBlob(archive, descriptor.digest),
    describe(archive, descriptor.digest),
  );
  if (document.kind === 'manifest') return descriptor;
  return manifestFor(archive, document.manifests.filter(isImage), platform, level + 1);
}

function choose(archive: ArchiveFiles, descriptors: readonly Descriptor[], platform: Platform): Descriptor {
  const [only, ...others] = descriptors;
  if (only === undefined)
    throw new LayerError('not-an-image', `${archive.title}: an index in it lists no images`);
  if (others.length === 0) return only;
  const platforms = descriptors.map((descriptor) => ({ descriptor, platform: platformIn(descriptor) }));
  const chosen =
    platforms.find((one) => one.platform !== undefined && isFor(platform, one.platform)) ??
    platforms.find((one) => one.platform === undefined);
  if (chosen !== undefined) return chosen.descriptor;
  const there = platforms.flatMap((one) => one.platform ?? []).map(platformText);
  const asked = platformText(platform);
  throw new LayerError(
    'not-an-image',
    `${archive.title}: holds images for ${there.join(', ')}, but none for ${asked}`,
  );
}

async function imageOf(
  archive: ArchiveFiles,
  { digest }: Descriptor,
  names: readonly string[],
): Promise<ArchivedImage> {
  const document = parseManifest(await readBlob(archive, digest), describe(archive, digest));
  if (document.kind === 'index')
    throw new LayerError('not-an-image', `${archive.title}: ${digest} is no manifest`);
  const what = describe(archive, document.config.digest);
  const { imageId, platform, diffIds, labels, builtAt } = parseConfig(
    await readBlob(archive, document.config.digest),
    what,
  );
  if (diffIds.length !== document.layers.length) {
    throw new LayerError(
      'not-an-image',
      `${what}: has ${diffIds.length} diff IDs for ${document.layers.length} layers`,
    );
  }
  return {
    imageId,
    manifestDigest: digest,
    names,
    ...platform,
    ...(builtAt !== undefined && { builtAt }),
    labels,
    sizeBytes: document.layers.reduce((sum, layer) => sum + layer.size, 0),
    layers: document.layers.map((layer, at) => layerOf(archive, layer, diffIds[at] ?? '')),
  };
}

function layerOf(archive: ArchiveFiles, { digest, mediaType }: Descriptor, diffId: string): ArchivedLayer {
  if (mediaType.endsWith('+encrypted'))
    throw new LayerError('unsupported', `${archive.title}: layer ${digest} is encrypted`);
  const location = archive.locate(blobName(digest));
  if (location === undefined)
    throw new LayerError('not-an-image', `${archive.title}: the layer ${digest} is not in it`);
  return { diffId, location };
}

async function readBlob(archive: ArchiveFiles, digest: string): Promise<Buffer> {
  const bytes = await archive.read(blobName(digest));
  if (bytes === undefined)
    throw new LayerError('not-an-image', `${archive.title}: the blob ${digest} is not in it`);
  checkDigest(bytes, digest, describe(archive, digest));
  return bytes;
}

/** Digests were checked to be of letters and digits, so this leads nowhere else. */
function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function describe(archive: ArchiveFiles, digest: string): string {
  return `${archive.title}: ${digest}`;
}

function isImage({ annotations }: Descriptor): boolean {
  return annotations?.[ATTESTATION] === undefined;
}

function nameOf({ annotations }: Descriptor): string {
  const names = NAME_ANNOTATIONS.map((annotation) => annotations?.[annotation]);
  const name = names.find((candidate) => typeof candidate === 'string');
  return typeof name === 'string' ? name : '';
}

function platformIn({ platform }: Descriptor): Platform | undefined {
  if (platform === undefined || platform === null) return undefined;
  const { os, architecture, variant } = platform;
  return { os, architecture, ...(variant && { variant }) };
}
