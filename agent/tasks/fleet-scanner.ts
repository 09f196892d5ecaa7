import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../platform/error-message.ts';
import type { Image } from '../../core/inventory.ts';
import type { DiffId } from '../../core/layer.ts';
import type { ContentName } from '../../proto/codec/content.ts';
import type { ContentAnswer, LentContent } from '../uplink/uplink.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { ImageScanner, ScanOutcome } from './image-scanner.ts';

/** A lease is renewed so many times within its term, but not more often than this. */
const RENEWALS = 3;
const LEAST_RENEWAL_MS = 500;

export type FleetOutcome =
  | ScanOutcome
  /** The collector has all of it. `layers`: those that it wanted read here even so. */
  | { readonly kind: 'held'; readonly key: string; readonly layers: readonly DiffId[] }
  /** Other nodes are at what it lacks, but for `layers`, which were read here. To be tried again after so long. */
  | { readonly kind: 'elsewhere'; readonly layers: readonly DiffId[]; readonly retryAfterMs: number };

export interface FleetScannerParts {
  readonly images: Pick<ImageScanner, 'keyOf' | 'isKnown' | 'scan' | 'readLayers'>;
  /** See `Uplink.askContent`. */
  readonly ask: (names: readonly ContentName[], signal: AbortSignal) => Promise<ContentAnswer | undefined>;
  /** See `Uplink.declineContent`. */
  readonly decline: (wanted: readonly LentContent[], why: string) => void;
  /** Runs what reads, when the node allows it. */
  readonly paced: <T>(read: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** The node does not allow it now, and nobody knows for how long. */
  readonly isPaused: () => boolean;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Reads of an image what the fleet lacks and no other node is at: mostly nothing. Its content is named by its layers alone,
 * so the collector is asked before anything is read. Without a collector it reads all.
 */
export class FleetScanner {
  readonly #parts: FleetScannerParts;
  /** What this node is to make, now. */
  #lent: readonly LentContent[] = [];

  constructor(parts: FleetScannerParts) {
    this.#parts = parts;
  }

  keyOf(image: Image): string {
    return this.#parts.images.keyOf(image);
  }

  /** Throws only when `signal` fires. */
  async scan(image: Image, runtimes: readonly Runtime[], signal: AbortSignal): Promise<FleetOutcome> {
    this.#lent = [];
    const outcome = await this.#tried(image, runtimes, signal);
    if (outcome.kind === 'failed') this.#parts.decline(this.#lent, outcome.message);
    return outcome;
  }

  async #tried(image: Image, runtimes: readonly Runtime[], signal: AbortSignal): Promise<FleetOutcome> {
    try {
      return await this.#scan(image, runtimes, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'failed', message: errorMessage(error) };
    }
  }

  async #scan(image: Image, runtimes: readonly Runtime[], signal: AbortSignal): Promise<FleetOutcome> {
    const { images, ask, paced, random } = this.#parts;
    const key = images.keyOf(image);
    if (images.isKnown(image)) return { kind: 'known', key };
    const readAll = (): Promise<ScanOutcome> => paced(() => images.scan(image, runtimes, signal), signal);
    const answer = await ask(contentOf(image, key), signal);
    if (answer === undefined) return await readAll();
    if (answer.wanted.some(({ kind }) => kind === 'composition')) {
      return await this.#leased(answer, readAll, signal);
    }
    const layers = answer.wanted.map((name) => name.key);
    if (layers.length > 0) {
      const read = (): Promise<number> => images.readLayers(image, new Set(layers), runtimes, signal);
      await this.#leased(answer, () => paced(read, signal), signal);
    }
    if (answer.elsewhere.length === 0) return { kind: 'held', key, layers };
    // Nodes spread over half the wait, so that not all ask at once.
    return { kind: 'elsewhere', layers, retryAfterMs: answer.retryAfterMs * (1 + random() / 2) };
  }

  /** Keeps the leases for as long as it takes, but leaves them to others while reading has to wait for the node. */
  async #leased<T>(
    { wanted, leaseMs }: ContentAnswer,
    read: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const over = new AbortController();
    this.#lent = wanted;
    const renewing = this.#renew(wanted, leaseMs, AbortSignal.any([signal, over.signal]));
    try {
      return await read();
    } finally {
      over.abort();
      await renewing;
    }
  }

  async #renew(wanted: readonly ContentName[], leaseMs: number, signal: AbortSignal): Promise<void> {
    const { ask, isPaused } = this.#parts;
    try {
      for (;;) {
        await sleep(Math.max(LEAST_RENEWAL_MS, leaseMs / RENEWALS), undefined, { signal });
        if (isPaused()) continue;
        const answer = await ask(wanted, signal);
        this.#lent = answer?.wanted ?? [];
      }
    } catch {
      // It is over, or the leases are left to lapse: what is read here is offered either way.
    }
  }
}

/** The facts of its layers, then its composition, which needs those. */
function contentOf({ diffIds }: Image, key: string): ContentName[] {
  return [
    ...[...new Set(diffIds)].map((diffId) => ({ kind: 'layer-facts' as const, key: diffId })),
    { kind: 'composition', key },
  ];
}
