import { parseReference } from '../../../core/cleanup/image-reference.ts';
import { chainIds } from '../chain-id.ts';
import { DIGEST } from './documents.ts';
import { contentId } from './gc-labels.ts';
import type { ImageContent } from './image-resolver.ts';
import type { ResolvedName } from './images.ts';
import type { ContentRecord, NamespaceThings, SnapshotRecord } from './stored-things.ts';

/**
 * What somebody may use an image by, as a text: its names, the digests that mean it, the chain ID on top of all its
 * layers, any of its chain IDs, any of its blobs.
 */
export const part = {
  name: (namespace: string, name: string): string => `name ${namespace} ${completed(name)}`,
  digest: (digest: string): string => `digest ${digest}`,
  top: (chain: string): string => `top ${chain}`,
  chain: (chain: string): string => `chain ${chain}`,
  blob: (digest: string): string => `blob ${digest}`,
} as const;

const HEX = /^[0-9a-f]{64}$/;

/** The parts that a name or a digest in somebody's hands may mean. */
export function partsOfReference(namespace: string, reference: string): readonly string[] {
  if (reference === '') return [];
  if (HEX.test(reference)) return [part.digest(`sha256:${reference}`)];
  const digest = reference.slice(reference.indexOf('@') + 1);
  const named = part.name(namespace, reference);
  return DIGEST.test(digest) ? [named, part.digest(digest)] : [named];
}

/** Parts that somebody asks for; the others need not be told. */
export type IsAsked = (kind: Exclude<keyof typeof part, 'name'>) => boolean;

/** Answers the parts of what a name points at; not the name itself. */
export type PartsOf = (name: ResolvedName) => Iterable<string>;

/**
 * By the image's own documents, and by the labels that containerd's client left on its blobs: these tell of the other
 * platforms of an index too, from which a container may be as well.
 */
export function imageParts(things: readonly NamespaceThings[], isAsked: IsAsked): PartsOf {
  const blobs = new Map<string, ContentRecord>();
  for (const { namespace, content } of things) {
    for (const blob of content) blobs.set(contentId(namespace, blob.digest), blob);
  }
  return function* ({ namespace, record, resolution }) {
    yield part.digest(record.target.digest);
    yield* partsByLabels(blobs, contentId(namespace, record.target.digest), isAsked);
    if (resolution.kind === 'image') yield* partsOfContent(resolution.content, isAsked);
  };
}

function* partsOfContent(content: ImageContent, isAsked: IsAsked): Iterable<string> {
  yield part.digest(content.imageId);
  yield part.digest(content.manifestDigest);
  if (isAsked('blob')) for (const { digest } of content.blobs) yield part.blob(digest);
  if (isAsked('chain')) for (const chain of chainIds(content.diffIds)) yield part.chain(chain);
  if (content.chainId !== undefined) yield part.top(content.chainId);
}

function* partsByLabels(
  blobs: ReadonlyMap<string, ContentRecord>,
  target: string,
  isAsked: IsAsked,
): Iterable<string> {
  const seen = new Set<string>();
  const waiting = [target];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const isSnapshot = id.startsWith('snapshot/');
    if (isSnapshot || isAsked('blob')) {
      const key = id.slice(id.lastIndexOf('/') + 1);
      if (!isSnapshot) yield part.blob(key);
      else yield* [part.top(key), part.chain(key)];
    }
    if (!isSnapshot) waiting.push(...(blobs.get(id)?.refs ?? []));
  }
}

/** Finds the chain ID that a snapshot stands on, be it itself. */
export type ChainBelow = (namespace: string, snapshotter: string, key: string) => string | undefined;

/** More than any stack of layers. */
const MAX_STEPS = 1024;

/** Snapshots that are no layers, such as a container's own, are keyed otherwise than by chain IDs. */
export function chainsBelow(things: readonly NamespaceThings[]): ChainBelow {
  const snapshots = new Map<string, SnapshotRecord>();
  const id = (...parts: readonly string[]): string => parts.join(' ');
  for (const { namespace, snapshots: all } of things) {
    for (const one of all) snapshots.set(id(namespace, one.snapshotter, one.key), one);
  }
  return (namespace, snapshotter, key) => {
    let at = key;
    for (let step = 0; step < MAX_STEPS && at !== ''; step += 1) {
      if (DIGEST.test(at)) return at;
      at = snapshots.get(id(namespace, snapshotter, at))?.parent ?? '';
    }
    return undefined;
  };
}

/** As engines complete a name: `redis` is `docker.io/library/redis:latest`. */
function completed(name: string): string {
  const reference = parseReference(name);
  if (reference === undefined) return name;
  const { repository, tag, digest } = reference;
  const isBare = tag === undefined && digest === undefined;
  return [
    repository,
    ...(isBare ? [':latest'] : []),
    ...(tag === undefined ? [] : [`:${tag}`]),
    ...(digest === undefined ? [] : [`@${digest}`]),
  ].join('');
}
