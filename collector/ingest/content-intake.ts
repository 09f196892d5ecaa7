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
import { firstDifference, isSampled } from './facts-difference.ts';
import type { ClaimAnswer, ContentLease, IngestStore } from './ingest-store.ts';
import type { NodeAllowance } from './node-allowance.ts';
import { SessionRefusal } from './session-refusal.ts';
import { unpack, type Expected } from './unpack.ts';

/** So many agents may ask again as soon as the timing says. */
const UNHURRIED_SESSIONS = 100;
const LEASE_LOST = 'its lease is not, or no longer, with this node';

/** What all sessions share of content. */
export interface ContentParts {
  readonly store: IngestStore;
  readonly budget: AssemblyBudget;
  /** Of uncompressed content. */
  readonly allowance: NodeAllowance;
  /** One item at a time is inflated, checked and stored. */
  readonly queue: SerialQueue;
  readonly timing: IngestTiming;
  readonly clock: () => number;
  readonly logger: Logger;
  /** Part of the layers, 0 to 1, that a second node reads too. */
  readonly verifyShare: number;
  /** How many agents offer. */
  readonly sessions: () => number;
  /** A second node read a layer. */
  onVerified(outcome: VerificationOutcome): void;
}

export type VerificationOutcome = 'same' | 'different';

/** What this session was asked for. */
interface Grant {
  readonly token: number;
  readonly verify: boolean;
}

export interface CatalogerVersion {
  readonly id: string;
  readonly version: number;
}

/** The content that one session offers and sends. */
export class ContentIntake {
  readonly #parts: ContentParts;
  readonly #node: string;
  readonly #limits: IngestLimits;
  /** By ref, the oldest first; not all of them need still be in force. */
  readonly #grants = new Map<string, Grant>();
  readonly #catalogers: ReadonlyMap<string, number>;
  readonly #set: string;
  #assembly: Assembly | undefined;
  #creditBytes: number;
  #creditItems: number;

  constructor(
    parts: ContentParts,
    node: string,
    limits: IngestLimits,
    catalogers: readonly CatalogerVersion[],
  ) {
    this.#parts = parts;
    this.#node = node;
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

  /** The more agents there are the later each asks again, lest their questions keep us from what was asked for. */
  #retryMs(): number {
    const { timing, sessions } = this.#parts;
    const factor = Math.max(1, sessions() / UNHURRIED_SESSIONS);
    return Math.max(
      timing.retryContentMs,
      Math.min(timing.leaseMs, Math.round(timing.retryContentMs * factor)),
    );
  }

  /** Says of every ref whether it is held, wanted now, or to be offered again. */
  async offer(message: tallyman.v1.ContentOffer.$Properties): Promise<Response> {
    const refs = (message.refs ?? []).map((ref) => this.#ownRef(ref));
    if (refs.length > MAX_OFFERED_REFS) {
      throw new SessionRefusal('limit', `${refs.length} refs in one offer; at most ${MAX_OFFERED_REFS} fit`);
    }
    const layers = refs.filter(({ kind }) => kind === 'layer-facts');
    const compositions = refs.filter(({ kind }) => kind === 'composition');
    const ofLayers = await this.#claim(layers, this.#limits.maxLeases);
    // Layers that others are at may be those of the compositions, which would come too early then.
    const isEarly = ofLayers.some(({ kind }) => kind === 'elsewhere');
    const answers = [...ofLayers, ...(await this.#claim(compositions, isEarly ? 0 : this.#limits.maxLeases))];
    const held = [];
    const wanted = [];
    const assignedElsewhere = [];
    for (const [at, ref] of [...layers, ...compositions].entries()) {
      const answer = answers[at];
      if (answer?.kind === 'held') held.push(encodeRef(ref));
      else if (answer?.kind === 'wanted') wanted.push(this.#ask(ref, answer));
      else assignedElsewhere.push(encodeRef(ref));
    }
    const retryAfterMs = assignedElsewhere.length > 0 ? this.#retryMs() : 0;
    return { contentWant: { wanted, held, assignedElsewhere, retryAfterMs } };
  }

  async #claim(refs: readonly ContentRef[], most: number): Promise<readonly ClaimAnswer[]> {
    if (refs.length === 0) return [];
    const { store, clock, timing, verifyShare } = this.#parts;
    const offered = refs.map((ref) => ({
      ref,
      verify: ref.kind === 'layer-facts' && isSampled(ref.key, verifyShare),
    }));
    return await store.claimContent({
      node: this.#node,
      offered,
      at: clock(),
      leaseMs: timing.leaseMs,
      most,
    });
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

  /** The session is over; others may be asked at once. */
  async close(): Promise<void> {
    this.#assembly?.free();
    this.#assembly = undefined;
    const tokens = [...this.#grants.values()].map(({ token }) => token);
    this.#grants.clear();
    if (tokens.length > 0) await this.#parts.store.releaseLeases(tokens);
  }

  #ask(ref: ContentRef, { token, verify }: Grant): tallyman.v1.WantedContent.$Properties {
    const id = contentId(ref);
    this.#grants.delete(id);
    this.#grants.set(id, { token, verify });
    // No more leases run at a time, so the oldest has lapsed, or is another's.
    const [oldest] = this.#grants.keys();
    if (this.#grants.size > this.#limits.maxLeases && oldest !== undefined) this.#grants.delete(oldest);
    return { ref: encodeRef(ref), lease: token, leaseMs: this.#parts.timing.leaseMs, verify };
  }

  #begin(chunk: ConstructorParameters<typeof Assembly>[0]): Assembly {
    const assembly = new Assembly(chunk, this.#parts.budget, this.#limits.maxContentBytes);
    if (this.#grants.get(contentId(chunk.ref))?.token !== chunk.lease) assembly.spoil(LEASE_LOST);
    return assembly;
  }

  /** Why the item was not stored, or undefined when it was. */
  async #finish(assembly: Assembly, expected: Expected): Promise<string | undefined> {
    const { logger, queue } = this.#parts;
    try {
      const refusal = assembly.spoiled ?? (await queue.run(() => this.#take(assembly, expected)));
      if (refusal !== undefined) logger.info({ key: assembly.ref.key, refusal }, 'content refused');
      await this.#settle(assembly, refusal);
      return refusal;
    } catch (error) {
      if (!(error instanceof WireError) && !(error instanceof QueueFullError)) throw error;
      const refusal = error instanceof WireError ? error.message : 'the collector is busy; again later';
      logger.warn({ err: error, key: assembly.ref.key }, 'content refused');
      await this.#settle(assembly, refusal);
      return refusal;
    } finally {
      assembly.free();
    }
  }

  /** What was stored ended its lease; what was refused is left to others. */
  async #settle({ ref, lease }: Assembly, refusal: string | undefined): Promise<void> {
    const id = contentId(ref);
    if (this.#grants.get(id)?.token !== lease) return;
    this.#grants.delete(id);
    if (refusal !== undefined) await this.#parts.store.releaseLeases([lease]);
  }

  async #take(assembly: Assembly, expected: Expected): Promise<string | undefined> {
    const { store, clock, allowance } = this.#parts;
    const { ref } = assembly;
    const lease = { node: this.#node, token: assembly.lease };
    allowance.check(this.#node);
    const message = await unpack(assembly.bytes(), expected, this.#limits.maxContentBytes);
    assembly.free();
    const content = decodeContent(ref, message);
    if (content.kind === 'layer-facts') {
      this.#checkVersions(content.facts);
      if (this.#grants.get(contentId(ref))?.verify === true) return this.#verify(ref, content.facts, lease);
    }
    const outcome =
      content.kind === 'layer-facts'
        ? await store.putLayerFacts(ref, content.facts, clock(), lease)
        : await store.putComposition(ref, content.composition, clock(), lease);
    if (outcome.stored) {
      allowance.spend(this.#node, message.length);
      return undefined;
    }
    return outcome.why === 'lease'
      ? LEASE_LOST
      : `the facts of ${outcome.missing.length} of its layers are missing`;
  }

  /** Compares with what is stored, which stays as it is. */
  async #verify(
    ref: ContentRef,
    facts: readonly CatalogerFacts[],
    lease: ContentLease,
  ): Promise<string | undefined> {
    const { store, clock, logger } = this.#parts;
    const supplied = await store.suppliedFacts(ref);
    if (supplied === undefined) return 'what it was to be compared with is gone';
    const difference = firstDifference(supplied, facts);
    const verification = { ref, lease, at: clock(), ...(difference !== undefined && { difference }) };
    if (!(await store.putVerification(verification))) return LEASE_LOST;
    if (difference !== undefined) {
      logger.warn({ node: lease.node, layer: ref.key, ...difference }, 'two nodes read a layer differently');
    }
    this.#parts.onVerified(difference === undefined ? 'same' : 'different');
    return undefined;
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
