import type { Connection } from './connection.ts';
import { documentReader } from './document-reader.ts';
import {
  parseConfig,
  parseTarget,
  type ConfigDocument,
  type Descriptor,
  type TargetDocument,
} from './documents.ts';
import { platformRank, type Platform } from './platform.ts';

/** What an image's name points at, for one platform. */
export interface ImageContent extends ConfigDocument {
  /** Config digest. */
  readonly imageId: string;
  readonly manifestDigest: string;
  /** In the order of `diffIds`. */
  readonly layers: readonly Descriptor[];
  /** Manifest, config and layers, each once. */
  readonly blobs: readonly Descriptor[];
}

/** `note`: what the operator should know of an image that could be read none the less. */
export type Resolution =
  | { readonly kind: 'image'; readonly content: ImageContent; readonly note?: string }
  | { readonly kind: 'broken'; readonly message: string };

export interface ImageResolver {
  /** Follows an image's target to its config. Throws only when containerd itself fails. */
  resolve(namespace: string, target: Descriptor, signal: AbortSignal): Promise<Resolution>;
}

/** Characters of decoded documents kept, of all the node's images together: enough for some 2,000. */
const CACHE_CHARACTERS = 4 * 1024 * 1024;
/** An index may name an index; nobody nests further. */
const MAX_DEPTH = 3;

export function imageResolver(connection: Connection, node: Platform): ImageResolver {
  const targets = documentReader<TargetDocument>(connection, CACHE_CHARACTERS);
  const configs = documentReader<ConfigDocument>(connection, CACHE_CHARACTERS);

  async function follow(
    namespace: string,
    target: Descriptor,
    depth: number,
    signal: AbortSignal,
  ): Promise<Resolution> {
    const read = await targets.read(
      namespace,
      target,
      (bytes) => parseTarget(bytes, target.mediaType),
      signal,
    );
    if (read.problem !== undefined) return broken(read.problem);
    const { document } = read;
    switch (document.kind) {
      case 'other':
        return broken(`${target.digest} is ${document.what}`);
      case 'manifest':
        return await fromManifest(namespace, target, document, signal);
      case 'index':
        if (depth >= MAX_DEPTH) return broken(`${target.digest} is an index nested too deep`);
        return await fromIndex(namespace, document.manifests, depth, signal);
    }
  }

  async function fromManifest(
    namespace: string,
    target: Descriptor,
    { config, layers }: Extract<TargetDocument, { kind: 'manifest' }>,
    signal: AbortSignal,
  ): Promise<Resolution> {
    const read = await configs.read(namespace, config, parseConfig, signal);
    if (read.problem !== undefined) return broken(`config ${read.problem}`);
    const count = read.document.diffIds.length;
    if (count !== layers.length) {
      return broken(`${target.digest} has ${layers.length} layers, its config ${count}`);
    }
    const content: ImageContent = {
      ...read.document,
      imageId: config.digest,
      manifestDigest: target.digest,
      layers,
      blobs: distinct([target, config, ...layers]),
    };
    return { kind: 'image', content };
  }

  /** The first, in containerd's order of preference, that is here. */
  async function fromIndex(
    namespace: string,
    manifests: readonly Descriptor[],
    depth: number,
    signal: AbortSignal,
  ): Promise<Resolution> {
    let problem: string | undefined;
    let foreign: ImageContent | undefined;
    for (const candidate of byPreference(node, manifests)) {
      if (foreign !== undefined && !mayRun(node, candidate)) break;
      const found = await follow(namespace, candidate, depth + 1, signal);
      if (found.kind === 'broken') problem ??= found.message;
      else if (platformRank(node, candidate.platform ?? found.content.platform) !== undefined) return found;
      else foreign ??= found.content;
    }
    if (foreign === undefined) return broken(problem ?? 'its index names no image');
    const note = `not here for this node's platform (${spelled(node)}): shown is what is here, ${spelled(foreign.platform)}`;
    return { kind: 'image', content: foreign, note };
  }

  return { resolve: (namespace, target, signal) => follow(namespace, target, 0, signal) };
}

/** What suits the node, best first; then what does not say; then the rest. */
function byPreference(node: Platform, manifests: readonly Descriptor[]): readonly Descriptor[] {
  const rank = ({ platform }: Descriptor) =>
    platform === undefined ? Number.MAX_SAFE_INTEGER : (platformRank(node, platform) ?? Infinity);
  return manifests.toSorted((a, b) => compare(rank(a), rank(b)));
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function mayRun(node: Platform, { platform }: Descriptor): boolean {
  return platform === undefined || platformRank(node, platform) !== undefined;
}

function spelled({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

function distinct(blobs: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

function broken(message: string): Resolution {
  return { kind: 'broken', message };
}
