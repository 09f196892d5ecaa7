import type { CatalogerFacts } from '../../core/facts.ts';
import type { Logger } from '../../platform/logging.ts';
import { QueueFullError, type SerialQueue } from '../../platform/serial-queue.ts';
import {
  catalogerSet,
  contentId,
  decodeContent,
  decodeRef,
  encodeRef,
  MAX_OFFERED_REFS,
  type ContentRef,
} from '../../proto/codec/content.ts';
import { integer, text } from '../../proto/codec/fields.ts';
import type { Response } from '../../proto/codec/session.ts';
import { WireError } from '../../proto/codec/wire-error.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import { Assembly, type AssemblyBudget } from './content-assembly.ts';
import type { IngestLimits, IngestTiming } from './ingest-limits.ts';
import type { IngestStore } from './ingest-store.ts';
import type { LeaseBook } from './lease-book.ts';
import { SessionRefusal } from './session-refusal.ts';
import { unpack, type Expected } from './unpack.ts';

/** What all sessions share of content. */
export interface ContentParts {
  readonly store: IngestStore;
  readonly leases: LeaseBook;
  readonly budget: AssemblyBudget;
  /** One item at a time is inflated, checked and stored. */
  readonly queue: SerialQueue;
  readonly timing: IngestTiming;
  readonly clock: () => number;
  readonly logger: Logger;
}

export interface CatalogerVersion {
  readonly id: string;
  readonly version: number;
}

/** The content that one session offers and sends. */
export class ContentIntake {
  readonly #parts: ContentParts;
  readonly #limits: IngestLimits;
  readonly #catalogers: ReadonlyMap<string, number>;
  readonly #set: string;
  #assembly: Assembly | undefined;
  #creditBytes: number;
  #creditItems: number;

  constructor(parts: ContentParts, limits: IngestLimits, catalogers: readonly CatalogerVersion[]) {
    this.#parts = parts;
    this.#limits = limits;
    this.#catalogers = new Map(catalogers.map(({ id, version }) => [id, version]));
    this.#set = catalogerSet(catalogers);
    this.#creditBytes = limits.creditBytes;
    this.#creditItems = limits.creditItems;
  }

  /** Credit for the welcome. */
  credit(): tallyman.v1.Credit.$Properties {
    return { contentBytes: this.#creditBytes, contentItems: this.#creditItems };
  }

  /** Says of every ref whether it is held, wanted now, or to be offered again. */
  async offer(message: tallyman.v1.ContentOffer.$Properties): Promise<Response> {
    const refs = (message.refs ?? []).map((ref) => this.#ownRef(ref));
    if (refs.length > MAX_OFFERED_REFS) {
      throw new SessionRefusal('limit', `${refs.length} refs in one offer; at most ${MAX_OFFERED_REFS} fit`);
    }
    const { store, leases, timing } = this.#parts;
    const lacking = new Set((await store.lacking(refs)).map(contentId));
    const held = [];
    const wanted = [];
    const assignedElsewhere = [];
    for (const ref of refs) {
      const lease = lacking.has(contentId(ref)) ? leases.grant(contentId(ref), this) : undefined;
      if (!lacking.has(contentId(ref))) held.push(encodeRef(ref));
      else if (lease === undefined) assignedElsewhere.push(encodeRef(ref));
      else wanted.push({ ref: encodeRef(ref), lease, leaseMs: timing.leaseMs });
    }
    const retryAfterMs = assignedElsewhere.length > 0 ? timing.retryContentMs : 0;
    return { contentWant: { wanted, held, assignedElsewhere, retryAfterMs } };
  }

  /** Takes one chunk. Answers with credit, and when it was the last, with whether the item is stored. */
  async chunk(message: tallyman.v1.ContentChunk.$Properties): Promise<Response[]> {
    const chunk = {
      ref: this.#ownRef(message.ref),
      lease: integer(message.lease),
      index: message.index ?? 0,
      last: message.last ?? false,
      bytes: message.bytes ?? new Uint8Array(),
    };
    this.#spend(chunk.bytes.length, this.#assembly ? 0 : 1);
    const assembly = (this.#assembly ??= this.#begin(chunk));
    assembly.add(chunk);
    const failure = text(message.failure);
    if (failure !== '') assembly.spoil(`not supplied: ${failure.slice(0, 1000)}`);
    if (!chunk.last) return [this.#refill(chunk.bytes.length, 0)];
    const expected = { sha256: message.sha256 ?? new Uint8Array(), size: integer(message.size) };
    const refusal = await this.#finish(assembly, expected);
    this.#assembly = undefined;
    const stored = { contentStored: { ref: encodeRef(chunk.ref), refusal: refusal ?? '' } };
    return [stored, this.#refill(chunk.bytes.length, 1)];
  }

  /** The session is over. */
  close(): void {
    this.#assembly?.free();
    this.#assembly = undefined;
    this.#parts.leases.releaseAll(this);
  }

  #begin(chunk: ConstructorParameters<typeof Assembly>[0]): Assembly {
    const assembly = new Assembly(chunk, this.#parts.budget, this.#limits.maxContentBytes);
    if (!this.#parts.leases.isCurrent(contentId(chunk.ref), chunk.lease)) {
      assembly.spoil('its lease is not, or no longer, with this node');
    }
    return assembly;
  }

  /** Why the item was not stored, or undefined when it was. */
  async #finish(assembly: Assembly, expected: Expected): Promise<string | undefined> {
    const { leases, logger, queue } = this.#parts;
    try {
      const refusal = assembly.spoiled ?? (await queue.run(() => this.#store(assembly, expected)));
      if (refusal !== undefined) logger.info({ key: assembly.ref.key, refusal }, 'content refused');
      return refusal;
    } catch (error) {
      if (error instanceof QueueFullError) return 'the collector is busy; again later';
      if (!(error instanceof WireError)) throw error;
      logger.warn({ err: error, key: assembly.ref.key }, 'content refused');
      return error.message;
    } finally {
      leases.release(contentId(assembly.ref), assembly.lease);
      assembly.free();
    }
  }

  async #store(assembly: Assembly, expected: Expected): Promise<string | undefined> {
    const { store, clock } = this.#parts;
    const { ref } = assembly;
    const message = await unpack(assembly.bytes(), expected, this.#limits.maxContentBytes);
    assembly.free();
    const content = decodeContent(ref, message);
    if (content.kind === 'layer-facts') {
      this.#checkVersions(content.facts);
      await store.putLayerFacts(ref, content.facts, clock());
      return undefined;
    }
    const outcome = await store.putComposition(ref, content.composition, clock());
    return outcome.stored ? undefined : `the facts of ${outcome.missing.length} of its layers are missing`;
  }

  /** Facts must be of the catalogers that the set stands for, each once. */
  #checkVersions(facts: readonly CatalogerFacts[]): void {
    const seen = new Set<string>();
    for (const { cataloger, version } of facts) {
      if (this.#catalogers.get(cataloger) !== version || seen.has(cataloger)) {
        throw new WireError('mismatch', `facts of a cataloger that the agent did not name, or twice`);
      }
      seen.add(cataloger);
    }
  }

  #ownRef(message: tallyman.v1.ContentRef.$Properties | null | undefined): ContentRef {
    const ref = decodeRef(message);
    if (ref.catalogerSet === this.#set) return ref;
    throw new WireError('mismatch', 'content is of other catalogers than the agent named in its hello');
  }

  #spend(bytes: number, items: number): void {
    this.#creditBytes -= bytes;
    this.#creditItems -= items;
    if (this.#creditBytes >= 0 && this.#creditItems >= 0) return;
    throw new SessionRefusal('limit', 'the agent sent more content than it has credit for');
  }

  #refill(contentBytes: number, contentItems: number): Response {
    this.#creditBytes += contentBytes;
    this.#creditItems += contentItems;
    return { credit: { contentBytes, contentItems } };
  }
}
