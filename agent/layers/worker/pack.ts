import { withClaims, withoutClaims, type ClaimsByPlace } from '../../../core/claims.ts';
import type { MergeLayer } from '../../../core/compose.ts';
import type { CatalogerFacts, Fact } from '../../../core/facts.ts';
import type { DiffId } from '../../../core/layer.ts';
import { decodeLayerIndex } from '../../../core/layer-index.ts';
import { compress, compressJson, decompress, decompressJson } from '../../../platform/compression.ts';
import { LayerError } from '../layer-error.ts';

/** One cataloger's facts of a layer, as they are kept: JSON, compressed, the claims apart. */
export interface PackedFacts {
  readonly cataloger: string;
  readonly version: number;
  readonly facts: Uint8Array;
  readonly claims?: Uint8Array;
}

/** A layer's names, as they are kept: see `decodeLayerIndex`, compressed. */
export interface PackedIndex {
  readonly compressed: Uint8Array;
  readonly entryCount: number;
  readonly opaqueBlind: boolean;
}

/** All that is kept of a layer. */
export interface PackedLayer {
  readonly diffId: DiffId;
  readonly index: Uint8Array;
  readonly facts: readonly PackedFacts[];
}

/** Packs the facts of a layer. Most catalogers have none, which takes as long to compress as a few. */
export function packAllFacts(all: readonly CatalogerFacts[]): PackedFacts[] {
  const nothing = compressJson([]);
  return all.map((one) => packFacts(one, nothing));
}

function packFacts({ cataloger, version, facts }: CatalogerFacts, nothing: Uint8Array): PackedFacts {
  const { plain, claims } = withoutClaims(facts);
  return {
    cataloger,
    version,
    facts: plain.length > 0 ? compressJson(plain) : nothing,
    ...(claims.length > 0 && { claims: compressJson(claims) }),
  };
}

export function packIndex(diffId: DiffId, encoded: Uint8Array): PackedIndex {
  const { entryCount, opaqueBlind } = decodeLayerIndex(diffId, encoded);
  return { compressed: compress(encoded), entryCount, opaqueBlind };
}

/** Throws a LayerError `malformed` when what was kept is damaged. */
export function unpackLayer({ diffId, index, facts }: PackedLayer): MergeLayer {
  try {
    return {
      index: decodeLayerIndex(diffId, decompress(index)),
      facts: facts.map((packed) => unpackFacts(diffId, packed)),
    };
  } catch (error) {
    throw new LayerError('malformed', `what was kept of layer ${diffId} is damaged; it will be read anew`, {
      cause: error,
    });
  }
}

function unpackFacts(diffId: DiffId, packed: PackedFacts): CatalogerFacts {
  const { cataloger, version, claims } = packed;
  const plain = decompressJson(packed.facts) as readonly Fact[];
  const facts = claims === undefined ? plain : withClaims(plain, decompressJson(claims) as ClaimsByPlace);
  return { diffId, cataloger, version, facts };
}
