import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { LayerError } from '../layer-error.ts';
import type { Platform } from './platform.ts';

/** Far more than any engine can stack, or any registry lists. */
const MAX_ITEMS = 1024;
const DIGEST = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

const digest = v.pipe(v.string(), v.regex(DIGEST, 'not a SHA-256 or SHA-512 digest'));
const platform = v.object({ os: v.string(), architecture: v.string(), variant: v.nullish(v.string()) });
const descriptor = v.object({
  mediaType: v.optional(v.string(), ''),
  digest,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  platform: v.nullish(platform),
  annotations: v.nullish(v.record(v.string(), v.unknown())),
});
const descriptors = v.pipe(v.array(descriptor), v.maxLength(MAX_ITEMS));
const indexSchema = v.object({ manifests: descriptors });
const manifestSchema = v.object({ config: descriptor, layers: descriptors });
const configSchema = v.object({
  os: v.optional(v.string(), 'linux'),
  architecture: v.optional(v.string(), ''),
  variant: v.nullish(v.string()),
  created: v.nullish(v.string()),
  config: v.nullish(v.object({ Labels: v.nullish(v.record(v.string(), v.string())) })),
  rootfs: v.object({
    type: v.literal('layers'),
    diff_ids: v.nullish(v.pipe(v.array(digest), v.maxLength(MAX_ITEMS)), []),
  }),
});
const dockerManifestSchema = v.pipe(
  v.array(
    v.object({
      Config: v.string(),
      RepoTags: v.nullish(v.array(v.string())),
      Layers: v.nullish(v.pipe(v.array(v.string()), v.maxLength(MAX_ITEMS)), []),
    }),
  ),
  v.maxLength(MAX_ITEMS),
);

export type Descriptor = v.InferOutput<typeof descriptor>;
export type DockerManifest = v.InferOutput<typeof dockerManifestSchema>;

/** What is used of an image's config. */
export interface ImageConfig {
  readonly imageId: string;
  readonly platform: Platform;
  /** ms since the epoch. */
  readonly builtAt?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Base first. */
  readonly diffIds: readonly string[];
}

/** Of an image archive, as found by following its index. */
export type Manifest =
  | { readonly kind: 'index'; readonly manifests: readonly Descriptor[] }
  | { readonly kind: 'manifest'; readonly config: Descriptor; readonly layers: readonly Descriptor[] };

/** Reads an index or a manifest. Sources: OCI image-spec, image-index.md and manifest.md. `what` names it in messages. */
export function parseManifest(bytes: Buffer, what: string): Manifest {
  const value = parseJson(bytes, what);
  if (v.is(v.object({ manifests: v.array(v.unknown()) }), value))
    return { kind: 'index', ...parse(indexSchema, value, what) };
  return { kind: 'manifest', ...parse(manifestSchema, value, what) };
}

/** Reads a config, whose digest is the image's ID. Source: OCI image-spec, config.md. */
export function parseConfig(bytes: Buffer, what: string): ImageConfig {
  const { os, architecture, variant, created, config, rootfs } = parse(
    configSchema,
    parseJson(bytes, what),
    what,
  );
  const builtAt = Date.parse(created ?? '');
  return {
    imageId: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    platform: { os, architecture, ...(variant && { variant }) },
    ...(Number.isFinite(builtAt) && { builtAt }),
    labels: config?.Labels ?? {},
    diffIds: rootfs.diff_ids ?? [],
  };
}

/** Reads the manifest.json of `docker save`. Source: Docker image specification v1.2, "Combined Image JSON + Filesystem Changeset Format". */
export function parseDockerManifest(bytes: Buffer, what: string): DockerManifest {
  return parse(dockerManifestSchema, parseJson(bytes, what), what);
}

/** Throws a LayerError `digest` when the bytes are not those that the digest names. */
export function checkDigest(bytes: Buffer, expected: string, what: string): void {
  const [algorithm = '', hex] = expected.split(':');
  if (createHash(algorithm).update(bytes).digest('hex') === hex) return;
  throw new LayerError('digest', `${what} does not have the digest ${expected}; the archive is damaged`);
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue);
  throw new LayerError(
    'not-an-image',
    `${what} is not as images have it: ${where === null ? '' : `${where}: `}${issue.message}`,
  );
}

function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new LayerError('not-an-image', `${what} is no JSON`, { cause: error });
  }
}
