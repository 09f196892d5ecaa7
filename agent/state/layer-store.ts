import { withClaims, withoutClaims, type ClaimsByPlace } from '../../core/claims.ts';
import type { CatalogerFacts, Fact } from '../../core/facts.ts';
import type { DiffId } from '../../core/layer.ts';
import { compress, compressJson, decompress, decompressJson } from '../../platform/compression.ts';
import { bytes, integer, text } from './database.ts';
import type { Database, Statement } from './database.ts';
import type { NodeTime } from './node-time.ts';

/** A cataloger by the part of it that stored facts depend on. */
export interface CatalogerKey {
  readonly id: string;
  readonly version: number;
}

/** A layer's names as stored; see `decodeLayerIndex`. */
export interface StoredIndex {
  readonly encoded: Uint8Array;
  readonly entryCount: number;
  readonly opaqueBlind: boolean;
}

/** One cataloger's facts of a layer as stored: JSON, compressed, the claims apart. */
export interface StoredFacts {
  readonly cataloger: string;
  readonly version: number;
  readonly facts: Uint8Array;
  readonly claims?: Uint8Array;
}

/** A layer as stored. `index`: compressed. */
export interface StoredLayer {
  readonly diffId: DiffId;
  readonly index: Uint8Array;
  readonly facts: readonly StoredFacts[];
}

/**
 * What was read from layers, kept so that no layer is read twice: its names, and every cataloger's facts. A cache:
 * the last of it may be lost with the node's power, and what is found damaged counts as never read.
 * All methods throw a StateError when the file cannot be used.
 */
export class LayerStore {
  readonly #database: Database;
  readonly #time: NodeTime;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(database: Database, time: NodeTime) {
    this.#database = database;
    this.#time = time;
    this.#sql = prepare(database);
  }

  /** Replaces what was stored before. */
  putIndex(diffId: DiffId, encoded: Uint8Array, about: Omit<StoredIndex, 'encoded'>): void {
    this.putStoredIndex(diffId, compress(encoded), about);
  }

  /** The same, compressed already. */
  putStoredIndex(diffId: DiffId, compressed: Uint8Array, about: Omit<StoredIndex, 'encoded'>): void {
    this.#database.transaction('cached', () => {
      this.#sql.putIndex.run(this.#layer(diffId), about.entryCount, about.opaqueBlind ? 1 : 0, compressed);
    });
  }

  /** The index as stored, compressed. */
  storedIndex(diffId: DiffId): Uint8Array | undefined {
    const row = this.#sql.index.get(diffId);
    return row && bytes(row, 'encoded');
  }

  index(diffId: DiffId): StoredIndex | undefined {
    const row = this.#sql.index.get(diffId);
    if (row === undefined) return undefined;
    const encoded = this.#intact(diffId, () => decompress(bytes(row, 'encoded')));
    if (encoded === undefined) return undefined;
    return {
      encoded,
      entryCount: integer(row, 'entry_count'),
      opaqueBlind: integer(row, 'opaque_blind') === 1,
    };
  }

  /** Replaces this cataloger's facts of any version. */
  putFacts({ diffId, cataloger, version, facts }: CatalogerFacts): void {
    const { plain, claims } = withoutClaims(facts);
    this.putStoredFacts(diffId, {
      cataloger,
      version,
      facts: compressJson(plain),
      ...(claims.length > 0 && { claims: compressJson(claims) }),
    });
  }

  /** The same, in the form in which they are stored. */
  putStoredFacts(diffId: DiffId, { cataloger, version, facts, claims }: StoredFacts): void {
    this.#database.transaction('cached', () => {
      const layer = this.#layer(diffId);
      this.#sql.dropFacts.run(layer, cataloger);
      this.#sql.putFacts.run(layer, cataloger, version, facts);
      if (claims !== undefined) this.#sql.putClaims.run(layer, cataloger, claims);
    });
  }

  /** A layer and what these catalogers said of it, as stored; undefined when its index is not. */
  stored(diffId: DiffId, catalogers: readonly CatalogerKey[]): StoredLayer | undefined {
    const index = this.storedIndex(diffId);
    if (index === undefined) return undefined;
    const facts = catalogers.flatMap(({ id, version }): StoredFacts[] => {
      const row = this.#sql.facts.get(diffId, id, version);
      if (row === undefined) return [];
      const claims = this.#sql.claims.get(diffId, id);
      return [
        {
          cataloger: id,
          version,
          facts: bytes(row, 'facts'),
          ...(claims !== undefined && { claims: bytes(claims, 'claims') }),
        },
      ];
    });
    return { diffId, index, facts };
  }

  /** As if it had never been read: what is stored of it was found damaged. */
  drop(diffId: DiffId): void {
    this.#sql.drop.run(diffId);
  }

  /** Claims are large: without `claims`, the facts come without them. */
  facts(
    diffId: DiffId,
    cataloger: CatalogerKey,
    options: { readonly claims: boolean },
  ): CatalogerFacts | undefined {
    const row = this.#sql.facts.get(diffId, cataloger.id, cataloger.version);
    if (row === undefined) return undefined;
    const facts = this.#intact(diffId, () => decompressJson(bytes(row, 'facts')) as readonly Fact[]);
    const complete =
      facts !== undefined && options.claims ? this.#withClaims(diffId, cataloger.id, facts) : facts;
    if (complete === undefined) return undefined;
    return { diffId, cataloger: cataloger.id, version: cataloger.version, facts: complete };
  }

  known(diffId: DiffId): { readonly hasIndex: boolean; readonly catalogers: readonly CatalogerKey[] } {
    const catalogers = this.#sql.known
      .all(diffId)
      .map((row) => ({ id: text(row, 'cataloger'), version: integer(row, 'version') }));
    return { hasIndex: this.#sql.hasIndex.get(diffId) !== undefined, catalogers };
  }

  /** Catalogers, of those given, whose facts of this layer are not stored; all of them when its index is not. */
  missing<Key extends CatalogerKey>(diffId: DiffId, catalogers: readonly Key[]): readonly Key[] {
    const known = this.known(diffId);
    if (!known.hasIndex) return catalogers;
    const versions = new Map(known.catalogers.map(({ id, version }) => [id, version]));
    return catalogers.filter(({ id, version }) => versions.get(id) !== version);
  }

  /** Whether the layer's index and the facts of all these catalogers are stored. */
  has(diffId: DiffId, catalogers: readonly CatalogerKey[]): boolean {
    return this.#sql.hasIndex.get(diffId) !== undefined && this.missing(diffId, catalogers).length === 0;
  }

  /**
   * Forgets layers that were in none of the calls of the last `unusedForMs` (node time, see NodeTime), nor put since.
   * `keep`: the layers of all images present. Returns how many were forgotten.
   */
  forget(keep: Iterable<DiffId>, unusedForMs: number): number {
    const now = this.#time.now();
    return this.#database.transaction('cached', () => {
      this.#sql.use.run(now, JSON.stringify([...keep]));
      return this.#sql.forget.run(now - unusedForMs);
    });
  }

  count(): number {
    const row = this.#sql.count.get();
    return row === undefined ? 0 : integer(row, 'count');
  }

  #withClaims(diffId: DiffId, cataloger: string, facts: readonly Fact[]): readonly Fact[] | undefined {
    const row = this.#sql.claims.get(diffId, cataloger);
    if (row === undefined) return facts;
    return this.#intact(diffId, () =>
      withClaims(facts, decompressJson(bytes(row, 'claims')) as ClaimsByPlace),
    );
  }

  #layer(diffId: DiffId): number {
    const row = this.#sql.layer.get(diffId, this.#time.now());
    return row === undefined ? 0 : integer(row, 'id');
  }

  /** What `read` gives; where that is damaged, the whole layer is forgotten, and so read again. */
  #intact<T>(diffId: DiffId, read: () => T): T | undefined {
    try {
      return read();
    } catch {
      this.#sql.drop.run(diffId);
      return undefined;
    }
  }
}

function prepare(
  database: Database,
): Record<
  | 'layer'
  | 'drop'
  | 'putIndex'
  | 'index'
  | 'hasIndex'
  | 'dropFacts'
  | 'putFacts'
  | 'putClaims'
  | 'facts'
  | 'claims'
  | 'known'
  | 'use'
  | 'forget'
  | 'count',
  Statement
> {
  const ofLayer = 'layer = (SELECT id FROM layer WHERE diff_id = ?)';
  return {
    layer: database.prepare(
      'INSERT INTO layer (diff_id, used) VALUES (?, ?) ON CONFLICT (diff_id) DO UPDATE SET used = excluded.used RETURNING id',
    ),
    drop: database.prepare('DELETE FROM layer WHERE diff_id = ?'),
    putIndex: database.prepare(
      'REPLACE INTO layer_index (layer, entry_count, opaque_blind, encoded) VALUES (?, ?, ?, ?)',
    ),
    index: database.prepare(`SELECT entry_count, opaque_blind, encoded FROM layer_index WHERE ${ofLayer}`),
    hasIndex: database.prepare(`SELECT 1 FROM layer_index WHERE ${ofLayer}`),
    dropFacts: database.prepare('DELETE FROM layer_facts WHERE layer = ? AND cataloger = ?'),
    putFacts: database.prepare(
      'INSERT INTO layer_facts (layer, cataloger, version, facts) VALUES (?, ?, ?, ?)',
    ),
    putClaims: database.prepare('INSERT INTO layer_claims (layer, cataloger, claims) VALUES (?, ?, ?)'),
    facts: database.prepare(
      `SELECT facts FROM layer_facts WHERE ${ofLayer} AND cataloger = ? AND version = ?`,
    ),
    claims: database.prepare(`SELECT claims FROM layer_claims WHERE ${ofLayer} AND cataloger = ?`),
    known: database.prepare(`SELECT cataloger, version FROM layer_facts WHERE ${ofLayer} ORDER BY cataloger`),
    use: database.prepare('UPDATE layer SET used = ? WHERE diff_id IN (SELECT value FROM json_each(?))'),
    forget: database.prepare('DELETE FROM layer WHERE used < ?'),
    count: database.prepare('SELECT count(*) AS count FROM layer'),
  };
}
