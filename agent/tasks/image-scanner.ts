import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Image } from '../../core/inventory.ts';
import type { DiffId } from '../../core/layer.ts';
import { catalogerSet, compositionKey } from '../../proto/codec/content.ts';
import { LayerError } from '../layers/layer-error.ts';
import type { LayerScanner } from '../layers/worker/layer-scanner.ts';
import type { PackedLayer } from '../layers/worker/pack.ts';
import type { LocatedLayer, Runtime } from '../runtimes/runtime.ts';
import { errorMessage } from '../../platform/error-message.ts';

/** A cataloger's id and the version of its output. */
export interface CatalogerVersion {
  readonly id: string;
  readonly version: number;
}

/** What the node remembers of layers and images. Keys as in `compositionKey`. */
export interface ScanMemory {
  /** Catalogers, of those given, whose facts of this layer are not stored; all when the layer's index is not. */
  missing(diffId: DiffId, catalogers: readonly CatalogerVersion[]): readonly CatalogerVersion[];
  /** What is kept of a layer; undefined when it was never read. */
  stored(diffId: DiffId, catalogers: readonly CatalogerVersion[]): PackedLayer | undefined;
  /** Forgets a layer of which something is damaged. */
  drop(diffId: DiffId): void;
  hasComposition(key: string): boolean;
  /** As `LayerScanner.compose` gives it. */
  putComposition(key: string, compressed: Uint8Array): void;
}

/**
 * Reads one layer with these catalogers; a layer walked before is not walked again.
 * Returns what stores the result, step by step.
 */
export type ReadLayer = (
  layer: LocatedLayer,
  catalogers: readonly CatalogerVersion[],
  signal: AbortSignal,
) => Promise<readonly (() => void)[]>;

export type ScanOutcome =
  | { readonly kind: 'known'; readonly key: string }
  | { readonly kind: 'scanned'; readonly key: string; readonly layersRead: number }
  /** `message` says what failed at each engine that holds the image. */
  | { readonly kind: 'failed'; readonly message: string };

export interface ImageScannerParts {
  readonly catalogers: readonly CatalogerVersion[];
  readonly memory: ScanMemory;
  readonly readLayer: ReadLayer;
  /** Merges layers away from this thread. */
  readonly merging: Pick<LayerScanner, 'compose' | 'prepare'>;
}

/** Computes each image's composition once, reading only layers and catalogers that were not read before. */
export class ImageScanner {
  readonly #parts: ImageScannerParts;
  readonly #set: string;

  constructor(parts: ImageScannerParts) {
    this.#parts = parts;
    this.#set = catalogerSet(parts.catalogers);
  }

  keyOf(image: Image): string {
    return compositionKey(image.diffIds, this.#set);
  }

  /** Its composition is stored here. */
  isKnown(image: Image): boolean {
    return this.#parts.memory.hasComposition(this.keyOf(image));
  }

  /** Tries each engine that holds the image, in the order given. Throws only when `signal` fires. */
  async scan(image: Image, runtimes: readonly Runtime[], signal: AbortSignal): Promise<ScanOutcome> {
    try {
      return await this.#scan(image, runtimes, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'failed', message: errorMessage(error) };
    }
  }

  /**
   * Reads those of the image's layers that are named and were not read before; how many that were. Throws an Error that says
   * what failed at each engine that holds the image, or the signal's reason.
   */
  async readLayers(
    image: Image,
    diffIds: ReadonlySet<DiffId>,
    runtimes: readonly Runtime[],
    signal: AbortSignal,
  ): Promise<number> {
    const { memory, catalogers, merging } = this.#parts;
    const unread = [...diffIds].filter((diffId) => memory.missing(diffId, catalogers).length > 0);
    if (unread.length === 0) return 0;
    merging.prepare();
    const engines = new Set(image.names.map((name) => name.engine));
    const holders = runtimes.filter((runtime) => engines.has(runtime.id) || image.names.length === 0);
    const failures: string[] = [];
    for (const runtime of holders) {
      try {
        const results = await runtime.withLayers(image, signal, (layers) =>
          this.#readLocated(layers, new Set(unread), signal),
        );
        // Only now is it sure that the layers stayed whole while they were read.
        for (const store of results.flat()) {
          store();
          // The session has its turn after each.
          await nextTurn();
        }
        return results.length;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(`${runtime.id}: ${errorMessage(error)}`);
      }
    }
    throw new Error(failures.length === 0 ? 'no engine holds its layers' : failures.join('; '));
  }

  async #scan(image: Image, runtimes: readonly Runtime[], signal: AbortSignal): Promise<ScanOutcome> {
    const key = this.keyOf(image);
    if (this.isKnown(image)) return { kind: 'known', key };
    const layersRead = await this.readLayers(image, new Set(image.diffIds), runtimes, signal);
    this.#parts.memory.putComposition(key, await this.#merged(image.diffIds, signal));
    return { kind: 'scanned', key, layersRead };
  }

  async #readLocated(
    layers: readonly LocatedLayer[],
    unread: ReadonlySet<DiffId>,
    signal: AbortSignal,
  ): Promise<(readonly (() => void)[])[]> {
    const results: (readonly (() => void)[])[] = [];
    const seen = new Set<DiffId>();
    for (const layer of layers) {
      if (!unread.has(layer.diffId) || seen.has(layer.diffId)) continue;
      seen.add(layer.diffId);
      const missing = this.#parts.memory.missing(layer.diffId, this.#parts.catalogers);
      results.push(await this.#parts.readLayer(layer, missing, signal));
    }
    return results;
  }

  async #merged(diffIds: readonly DiffId[], signal: AbortSignal): Promise<Uint8Array> {
    const { memory, catalogers, merging } = this.#parts;
    const layers: PackedLayer[] = [];
    for (const diffId of diffIds) {
      const layer = memory.stored(diffId, catalogers);
      if (layer === undefined)
        throw new Error(`the index of layer ${diffId} was forgotten while it was in use`);
      layers.push(layer);
      await nextTurn();
    }
    try {
      return await merging.compose(layers, signal);
    } catch (error) {
      // Which of them is damaged is no matter: the next try reads all of them anew.
      if (error instanceof LayerError && error.code === 'malformed') diffIds.forEach((id) => memory.drop(id));
      throw error;
    }
  }
}
