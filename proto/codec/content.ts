import { createHash } from 'node:crypto';
import { MERGE_VERSION, type Composition } from '../../core/composition.ts';
import type { CatalogerFacts } from '../../core/facts.ts';
import { HASH_BYTES } from '../../core/state-tree.ts';
import { tallyman } from '../generated/tallyman.js';
import { decodeComposition, encodeComposition } from './composition.ts';
import { quoted, text } from './fields.ts';
import { decodeLayerFacts, encodeLayerFacts } from './layer-facts.ts';
import { WireError } from './wire-error.ts';

const wire = tallyman.v1.ContentKind;

export type ContentKind = 'layer-facts' | 'composition';

/** Names content on a node: a diff ID or a composition key. */
export interface ContentName {
  readonly kind: ContentKind;
  readonly key: string;
}

/** Names content anywhere: made by one set of catalogers (hex, see `catalogerSet`). */
export interface ContentRef extends ContentName {
  readonly catalogerSet: string;
}

export type Content =
  | { readonly kind: 'layer-facts'; readonly facts: readonly CatalogerFacts[] }
  | { readonly kind: 'composition'; readonly composition: Composition };

/** Most refs of one ContentOffer, so that its answer fits a message. */
export const MAX_OFFERED_REFS = 256;

/**
 * The set of catalogers that an agent's facts are made by: SHA-256 over `id NUL version LF` of each, in the order of
 * their ids, hex. Facts and compositions of another set are other content.
 */
export function catalogerSet(
  catalogers: readonly { readonly id: string; readonly version: number }[],
): string {
  const sorted = catalogers.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const hash = createHash('sha256');
  for (const { id, version } of sorted) hash.update(`${id}\0${version}\n`);
  return hash.digest('hex');
}

/**
 * Key of the composition of these layers, base first, by that set and those rules of merging: SHA-256 over `diff ID LF`
 * of each, `merge VERSION LF`, then the set; hex.
 */
export function compositionKey(
  diffIds: readonly string[],
  set: string,
  mergeVersion = MERGE_VERSION,
): string {
  const hash = createHash('sha256');
  for (const diffId of diffIds) hash.update(`${diffId}\n`);
  return hash.update(`merge ${mergeVersion}\n${set}`).digest('hex');
}

/** In steps of some milliseconds: the caller may do other things at each yield. */
export function* encodeContent(key: string, content: Content): Generator<undefined, Uint8Array> {
  if (content.kind === 'composition') return encodeComposition(key, content.composition);
  return yield* encodeLayerFacts(key, content.facts);
}

/** Throws a WireError when the bytes are not this content. */
export function decodeContent(ref: ContentRef, bytes: Uint8Array): Content {
  if (ref.kind === 'layer-facts') return { kind: 'layer-facts', facts: decodeLayerFacts(ref.key, bytes) };
  const { composition, mergeVersion } = decodeComposition(ref.key, bytes);
  if (compositionKey(composition.diffIds, ref.catalogerSet, mergeVersion) !== ref.key) {
    throw new WireError('mismatch', `composition ${ref.key} is not that of its layers and catalogers`);
  }
  return { kind: 'composition', composition };
}

/** One string for one ref. */
export function contentId(ref: ContentRef): string {
  return `${ref.kind} ${ref.key} ${ref.catalogerSet}`;
}

export function encodeRef(ref: ContentRef): tallyman.v1.ContentRef.$Properties {
  return {
    kind: ref.kind === 'layer-facts' ? wire.CONTENT_KIND_LAYER_FACTS : wire.CONTENT_KIND_COMPOSITION,
    key: ref.key,
    catalogerSet: Buffer.from(ref.catalogerSet, 'hex'),
  };
}

/** Throws a WireError when it names no content: an unknown kind, or a key that is none. */
export function decodeRef(message: tallyman.v1.ContentRef.$Properties | null | undefined): ContentRef {
  const key = text(message?.key);
  const set = message?.catalogerSet ?? new Uint8Array();
  const kind = kindOf(message?.kind);
  const form = kind === 'layer-facts' ? /^sha256:[0-9a-f]{64}$/ : /^[0-9a-f]{64}$/;
  if (!form.test(key)) throw new WireError('malformed', `${quoted(key)} is no key of ${kind}`);
  if (set.length !== HASH_BYTES) throw new WireError('malformed', 'a set of catalogers is named by 32 bytes');
  return { kind, key, catalogerSet: Buffer.from(set).toString('hex') };
}

function kindOf(kind: tallyman.v1.ContentKind | null | undefined): ContentKind {
  if (kind === wire.CONTENT_KIND_LAYER_FACTS) return 'layer-facts';
  if (kind === wire.CONTENT_KIND_COMPOSITION) return 'composition';
  throw new WireError('unknown-word', `${kind ?? 'none'} is no kind of content that is known here`);
}
