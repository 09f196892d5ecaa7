import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { writeTar, type TarEntry } from './tar-writer.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

export interface LayerInput {
  /** An uncompressed tar (`writeTar`). */
  readonly tar: Uint8Array;
  readonly compression?: Compression;
}

export interface ImageOptions {
  readonly architecture?: string;
  readonly variant?: string;
  readonly os?: string;
  /** RFC 3339; 1970 when absent, so that equal inputs give equal digests. */
  readonly created?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

/** An image built in memory, with all its blobs by digest. */
export interface BuiltImage {
  /** Config digest. */
  readonly imageId: string;
  readonly manifest: Descriptor;
  readonly diffIds: readonly string[];
  readonly blobs: ReadonlyMap<string, Buffer>;
  readonly layers: readonly Descriptor[];
}

const MEDIA_TYPES = {
  none: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
} as const;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/** Builds an image from layers, base first. Source: OCI image-spec, manifest.md and config.md. */
export function buildImage(layers: readonly LayerInput[], options: ImageOptions = {}): BuiltImage {
  const blobs = new Map<string, Buffer>();
  const diffIds = layers.map((layer) => sha256(layer.tar));
  const layerDescriptors = layers.map((layer) =>
    store(blobs, MEDIA_TYPES[layer.compression ?? 'none'], compress(layer.tar, layer.compression ?? 'none')),
  );
  const platform = platformOf(options);
  const config = {
    created: options.created ?? '1970-01-01T00:00:00Z',
    ...platform,
    config: {
      ...(options.entrypoint && { Entrypoint: options.entrypoint }),
      ...(options.command && { Cmd: options.command }),
      ...(options.environment && { Env: options.environment }),
      ...(options.labels && { Labels: options.labels }),
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map(() => ({ created_by: 'tallyman' })),
  };
  const configDescriptor = store(blobs, CONFIG, json(config));
  const manifest = store(
    blobs,
    MANIFEST,
    json({ schemaVersion: 2, mediaType: MANIFEST, config: configDescriptor, layers: layerDescriptors }),
  );
  return {
    imageId: configDescriptor.digest,
    manifest: { ...manifest, platform },
    diffIds,
    blobs,
    layers: layerDescriptors,
  };
}

/** A multi-platform index over images; give it a name in `ociArchive` as if it were an image. */
export function buildIndex(images: readonly BuiltImage[]): BuiltImage {
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  const index = store(
    blobs,
    INDEX,
    json({ schemaVersion: 2, mediaType: INDEX, manifests: images.map((image) => image.manifest) }),
  );
  const first = images[0];
  if (first === undefined) throw new Error('an index needs at least one image');
  return { ...first, manifest: index, blobs };
}

/** Every file of an OCI image layout, by path. Each image may carry several names. */
export function ociLayout(
  images: readonly { readonly image: BuiltImage; readonly names: readonly string[] }[],
): TarEntry[] {
  const blobs = new Map(images.flatMap(({ image }) => [...image.blobs]));
  const manifests = images.flatMap(({ image, names }) =>
    names.length === 0 ? [image.manifest] : names.map((name) => named(image.manifest, name)),
  );
  return [
    { path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { path: 'index.json', content: json({ schemaVersion: 2, mediaType: INDEX, manifests }) },
    { path: 'blobs', type: 'directory' },
    { path: 'blobs/sha256', type: 'directory' },
    ...[...blobs].map(([digest, content]) => ({
      path: `blobs/sha256/${digest.slice('sha256:'.length)}`,
      content,
    })),
  ];
}

/** An OCI archive as `ctr images import` and skopeo read it. */
export function ociArchive(
  images: readonly { readonly image: BuiltImage; readonly names: readonly string[] }[],
): Buffer {
  return writeTar(ociLayout(images));
}

/** What `docker load` reads: manifest.json, one config and uncompressed layer tars. Layers must be built with compression `none`. */
export function dockerArchive(
  images: readonly { readonly image: BuiltImage; readonly names: readonly string[] }[],
): Buffer {
  const files = new Map<string, Buffer>();
  const manifest = images.map(({ image, names }) => {
    const config = `${hex(image.imageId)}.json`;
    files.set(config, blob(image, image.imageId));
    const layers = image.layers.map((layer) => `${hex(layer.digest)}/layer.tar`);
    image.layers.forEach((layer, at) => files.set(layers[at] ?? '', blob(image, layer.digest)));
    return { Config: config, RepoTags: names, Layers: layers };
  });
  return writeTar([
    ...[...files].map(([path, content]) => ({ path, content })),
    { path: 'manifest.json', content: json(manifest) },
  ]);
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function store(blobs: Map<string, Buffer>, mediaType: string, content: Buffer): Descriptor {
  const digest = sha256(content);
  blobs.set(digest, content);
  return { mediaType, digest, size: content.length };
}

function compress(tar: Uint8Array, compression: Compression): Buffer {
  if (compression === 'gzip') return gzipSync(tar, { level: 1 });
  if (compression === 'zstd') return zstdCompressSync(tar);
  return Buffer.from(tar);
}

function named(manifest: Descriptor, name: string): Descriptor {
  const tag = name.slice(name.lastIndexOf(':') + 1);
  return {
    ...manifest,
    annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': tag },
  };
}

function platformOf(options: ImageOptions): { os: string; architecture: string; variant?: string } {
  const architecture = options.architecture ?? (process.arch === 'x64' ? 'amd64' : process.arch);
  return {
    architecture,
    os: options.os ?? 'linux',
    ...(options.variant !== undefined && { variant: options.variant }),
  };
}

function blob(image: BuiltImage, digest: string): Buffer {
  const content = image.blobs.get(digest);
  if (content === undefined) throw new Error(`no blob ${digest}`);
  return content;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function hex(digest: string): string {
  return digest.slice('sha256:'.length);
}
