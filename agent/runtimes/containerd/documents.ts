import * as v from 'valibot';
import type { ChainId, DiffId } from '../../../core/layer.ts';
import { chainIds } from '../chain-id.ts';
import type { Platform } from './platform.ts';

/** What points at a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly platform?: Platform;
}

/** A blob that an image's name points at. `other`: not an image, such as an artifact or a Docker schema 1 manifest. */
export type TargetDocument =
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] }
  | { readonly kind: 'manifest'; readonly config: Descriptor; readonly layers: readonly Descriptor[] }
  | { readonly kind: 'other'; readonly what: string };

export interface ConfigDocument {
  readonly platform: Platform;
  /** Base first. */
  readonly diffIds: readonly DiffId[];
  /** Chain ID of all the layers; absent when there are none. */
  readonly chainId?: ChainId;
  /** ms since the epoch. */
  readonly builtAt?: number;
  readonly labels: Readonly<Record<string, string>>;
}

export const DIGEST = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1';
const IMAGE_MANIFESTS = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);
/** Far more than any snapshotter can stack. */
const MAX_LAYERS = 1024;
const MAX_MANIFESTS = 1024;
/** The labels of an image are its builder's own text: what is beyond this is left out. */
const MAX_LABELS = 256;
const MAX_LABEL_CHARACTERS = 4096;

const platformSchema = v.object({
  os: v.optional(v.string(), ''),
  architecture: v.optional(v.string(), ''),
  variant: v.nullish(v.string(), ''),
});
const descriptorSchema = v.object({
  mediaType: v.optional(v.string(), ''),
  digest: v.pipe(v.string(), v.regex(DIGEST)),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  platform: v.nullish(platformSchema),
  annotations: v.nullish(v.record(v.string(), v.unknown())),
});
const targetSchema = v.object({
  mediaType: v.optional(v.string(), ''),
  manifests: v.nullish(v.pipe(v.array(descriptorSchema), v.maxLength(MAX_MANIFESTS))),
  config: v.nullish(descriptorSchema),
  layers: v.nullish(v.pipe(v.array(descriptorSchema), v.maxLength(MAX_LAYERS))),
});
const configSchema = v.object({
  ...platformSchema.entries,
  created: v.nullish(v.string()),
  config: v.nullish(v.object({ Labels: v.nullish(v.record(v.string(), v.string())) })),
  rootfs: v.object({
    type: v.literal('layers'),
    diff_ids: v.nullish(v.pipe(v.array(v.pipe(v.string(), v.regex(DIGEST))), v.maxLength(MAX_LAYERS))),
  }),
});

/**
 * Reads an index or a manifest. Source: OCI image-spec, image-index.md and manifest.md; Docker's image manifest
 * version 2, schema 2, has the same shape. Throws when it is neither.
 */
export function parseTarget(bytes: Uint8Array, mediaType: string): TargetDocument {
  if (mediaType.startsWith(SCHEMA_1)) {
    return { kind: 'other', what: 'a Docker schema 1 manifest, which holds no layers we can name' };
  }
  const document = v.parse(targetSchema, json(bytes));
  // Both at once reads as one thing here and as another elsewhere (CVE-2021-41190).
  if (document.manifests && (document.config || document.layers)) {
    throw new Error('it is an index and a manifest at once');
  }
  if (document.manifests)
    return { kind: 'index', manifests: document.manifests.filter(isImage).map(descriptor) };
  if (!document.config) return { kind: 'other', what: `neither an index nor a manifest (${mediaType})` };
  return {
    kind: 'manifest',
    config: descriptor(document.config),
    layers: (document.layers ?? []).map(descriptor),
  };
}

/** Reads an image's configuration. Source: OCI image-spec, config.md. Throws when it is not one. */
export function parseConfig(bytes: Uint8Array): ConfigDocument {
  const document = v.parse(configSchema, json(bytes));
  const diffIds = document.rootfs.diff_ids ?? [];
  const chainId = chainIds(diffIds).at(-1);
  const builtAt = Date.parse(document.created ?? '');
  return {
    platform: platform(document),
    diffIds,
    ...(chainId !== undefined && { chainId }),
    ...(!Number.isNaN(builtAt) && { builtAt }),
    labels: boundedLabels(document.config?.Labels ?? {}),
  };
}

/** Leaves out attestations, which are listed as manifests of an unknown platform, and what is no image at all. */
function isImage(entry: v.InferOutput<typeof descriptorSchema>): boolean {
  if (!IMAGE_MANIFESTS.has(entry.mediaType)) return false;
  if (entry.annotations?.['vnd.docker.reference.type'] !== undefined) return false;
  return entry.platform?.os !== 'unknown';
}

function descriptor(entry: v.InferOutput<typeof descriptorSchema>): Descriptor {
  return {
    mediaType: entry.mediaType,
    digest: entry.digest,
    size: entry.size,
    ...(entry.platform && { platform: platform(entry.platform) }),
  };
}

function platform({ os, architecture, variant }: v.InferOutput<typeof platformSchema>): Platform {
  return { os, architecture, ...(variant !== null && variant !== '' && { variant }) };
}

function boundedLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept = Object.entries(labels)
    .filter(([key, value]) => key.length + value.length <= MAX_LABEL_CHARACTERS)
    .slice(0, MAX_LABELS);
  return Object.fromEntries(kept);
}

function json(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}
