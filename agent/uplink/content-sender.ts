import { setImmediate as nextTurn } from 'node:timers/promises';
import { unlessAborted } from '../../platform/deadline.ts';
import type { Logger } from '../../platform/logging.ts';
import {
  decodeRef,
  encodeContent,
  encodeRef,
  MAX_OFFERED_REFS,
  type Content,
  type ContentName,
  type ContentRef,
} from '../../proto/codec/content.ts';
import { integer, text } from '../../proto/codec/fields.ts';
import { MESSAGE_OVERHEAD_BYTES } from '../../proto/codec/limits.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import { Bell } from './bell.ts';
import { ContentAsks, type ContentAnswer, type LentContent } from './content-asks.ts';
import type { ContentBook } from './content-book.ts';
import { packContent, type ContentPackage } from './content-package.ts';
import type { Credit } from './credit.ts';
import { Mailbox } from './mailbox.ts';
import { retryOf } from './told-times.ts';
import { UplinkError } from './uplink-error.ts';
import type { Wire } from './wire.ts';

type Wanted = { readonly ref: ContentRef; readonly lease: number; readonly leaseMs: number };

/** What was said of each name of an offer. */
interface Said {
  readonly held: readonly ContentName[];
  readonly wanted: readonly Wanted[];
  readonly elsewhere: readonly ContentName[];
  readonly retryAfterMs: number;
}

/** Where content comes from when the collector wants it. */
export interface ContentSource {
  /** Rejects when it cannot be made any more; the error's message goes to the collector. */
  load(name: ContentName, signal: AbortSignal): Promise<Content>;
}

export interface ContentSenderOptions {
  readonly book: ContentBook;
  readonly credit: Credit;
  readonly source: ContentSource;
  /** See `catalogerSet`. */
  readonly catalogerSet: string;
  readonly logger: Logger;
  /** Content that no session can carry; said once. */
  onUnfit(name: ContentName, why: string): void;
}

/** Offers what the collector may lack, sends what it wants, and nothing else. */
export class ContentSender {
  readonly #options: ContentSenderOptions;
  readonly #bell = new Bell();
  readonly #asks = new ContentAsks();
  #declined: readonly { readonly content: LentContent; readonly why: string }[] = [];
  readonly #wants = new Mailbox<tallyman.v1.ContentWant.$Properties>();
  /** Sent and not answered, by ref. */
  readonly #unanswered = new Set<string>();
  readonly #answered = new Bell();

  constructor(options: ContentSenderOptions) {
    this.#options = options;
  }

  /** The book has more in it. */
  notify(): void {
    this.#bell.ring();
  }

  /**
   * Asks what becomes of content that this node could make, as soon as there is a session. What it has already is left to
   * the book. Rejects when the signal fires.
   */
  ask(names: readonly ContentName[], signal: AbortSignal): Promise<ContentAnswer> {
    const answer = this.#asks.ask(names, signal);
    this.#bell.ring();
    return answer;
  }

  /** What was wanted of this node cannot be made here: others may be asked at once. */
  decline(wanted: readonly LentContent[], why: string): void {
    this.#declined = [...this.#declined, ...wanted.map((content) => ({ content, why }))];
    this.#bell.ring();
  }

  wanted(message: tallyman.v1.ContentWant.$Properties): void {
    this.#wants.put(message);
  }

  /** Throws a WireError when it names nothing. */
  stored(message: tallyman.v1.ContentStored.$Properties): void {
    const ref = decodeRef(message.ref);
    const refusal = text(message.refusal);
    if (refusal === '') this.#options.book.held(ref);
    else {
      this.#options.logger.info({ key: ref.key, refusal }, 'collector refused content');
      this.#options.book.failed(ref);
    }
    this.#unanswered.delete(idOf(ref));
    this.#answered.ring();
  }

  /** Runs until the session ends, then rejects. */
  async run(wire: Wire): Promise<never> {
    const { book, credit } = this.#options;
    this.#wants.clear();
    this.#unanswered.clear();
    // Leases end with their session.
    this.#declined = [];
    for (;;) {
      await this.#answerAsks(wire);
      await this.#sendDeclined(wire);
      const names = book.due(MAX_OFFERED_REFS);
      if (names.length === 0) {
        await this.#bell.heard(wire.signal, book.dueIn());
        continue;
      }
      await credit.available(wire.signal);
      for (const wanted of await this.#offer(wire, names)) {
        await this.#send(wire, wanted);
        await this.#answerAsks(wire);
      }
      await this.#allAnswered(wire);
    }
  }

  /** Content of the book is not asked for: a new lease would void that under which it may be on its way. */
  async #answerAsks(wire: Wire): Promise<void> {
    const { book } = this.#options;
    for (let ask = this.#asks.next(); ask !== undefined; ask = this.#asks.next()) {
      const names = ask.names.filter((name) => !book.has(name));
      const said: Said[] = [];
      for (let start = 0; start < names.length; start += MAX_OFFERED_REFS) {
        said.push(await this.#asked(wire, names.slice(start, start + MAX_OFFERED_REFS)));
      }
      const wanted = said.flatMap((one) => one.wanted);
      ask.answered({
        wanted: wanted.map(({ ref: { kind, key }, lease }) => ({ kind, key, lease })),
        leaseMs: wanted.reduce((least, { leaseMs }) => Math.min(least, leaseMs), Infinity),
        elsewhere: said.flatMap(({ elsewhere }) => elsewhere),
        retryAfterMs: Math.max(0, ...said.map(({ retryAfterMs }) => retryAfterMs)),
      });
    }
  }

  async #sendDeclined(wire: Wire): Promise<void> {
    const { credit, catalogerSet } = this.#options;
    const declined = this.#declined;
    this.#declined = [];
    for (const { content, why } of declined) {
      await credit.spendItem(wire.signal);
      await this.#sendFailure(wire, { ref: { ...content, catalogerSet }, lease: content.lease }, why);
    }
    await this.#allAnswered(wire);
  }

  async #sendFailure(wire: Wire, { ref, lease }: Pick<Wanted, 'ref' | 'lease'>, why: string): Promise<void> {
    this.#unanswered.add(idOf(ref));
    const failure = why.slice(0, 1000);
    await wire.send({ contentChunk: { ref: encodeRef(ref), lease, last: true, failure } });
  }

  async #offer(wire: Wire, names: readonly ContentName[]): Promise<readonly Wanted[]> {
    const { book } = this.#options;
    book.offered(names);
    const { held, wanted, elsewhere, retryAfterMs } = await this.#asked(wire, names);
    for (const name of held) book.held(name);
    book.elsewhere(elsewhere, retryAfterMs);
    return wanted;
  }

  async #asked(wire: Wire, names: readonly ContentName[]): Promise<Said> {
    const { catalogerSet } = this.#options;
    const refs = names.map((name) => encodeRef({ ...name, catalogerSet }));
    await wire.send({ contentOffer: { refs } });
    const answer = await this.#wants.take('answer to an offer', wire.responseMs, wire.signal);
    const open = new Map(names.map((name) => [idOf(name), name]));
    const held = [];
    for (const ref of answer.held ?? []) {
      const name = take(open, decodeRef(ref));
      if (name) held.push(name);
    }
    const wanted = [];
    for (const { ref, lease, leaseMs } of answer.wanted ?? []) {
      const name = take(open, decodeRef(ref));
      if (name) wanted.push({ ref: { ...name, catalogerSet }, lease: integer(lease), leaseMs: leaseMs ?? 0 });
    }
    const retryAfterMs = open.size === 0 ? 0 : retryOf(answer.retryAfterMs ?? 0);
    return { held, wanted, elsewhere: [...open.values()], retryAfterMs };
  }

  async #send(wire: Wire, wanted: Wanted): Promise<void> {
    const { credit } = this.#options;
    await credit.spendItem(wire.signal);
    const packed = await this.#pack(wire, wanted.ref);
    wire.signal.throwIfAborted();
    if ('failure' in packed) {
      await this.#sendFailure(wire, wanted, packed.failure);
      return;
    }
    this.#unanswered.add(idOf(wanted.ref));
    const head = { ref: encodeRef(wanted.ref), lease: wanted.lease };
    const room = wire.limits.maxMessageBytes - MESSAGE_OVERHEAD_BYTES;
    const { compressed, sha256, size } = packed;
    for (let start = 0, index = 0; start < compressed.length; start += room, index += 1) {
      const bytes = compressed.subarray(start, start + room);
      const last = start + room >= compressed.length;
      await credit.spendBytes(bytes.length, wire.signal);
      const chunk = { ...head, index, last, bytes };
      await wire.send({ contentChunk: last ? { ...chunk, sha256, size } : chunk });
    }
  }

  async #pack(wire: Wire, ref: ContentRef): Promise<ContentPackage | { readonly failure: string }> {
    const { source, logger, book } = this.#options;
    try {
      const content = await unlessAborted(source.load(ref, wire.signal), wire.signal);
      const message = await inTurns(encodeContent(ref.key, content));
      if (message.length <= wire.limits.maxContentBytes) return await packContent(message);
      const why = `it has ${message.length} bytes and the collector takes ${wire.limits.maxContentBytes}`;
      book.unfit(ref);
      this.#options.onUnfit(ref, why);
      return { failure: why };
    } catch (error) {
      wire.signal.throwIfAborted();
      logger.warn({ err: error, key: ref.key }, 'content cannot be made');
      return { failure: error instanceof Error ? error.message : 'it cannot be made' };
    }
  }

  async #allAnswered(wire: Wire): Promise<void> {
    while (this.#unanswered.size > 0) {
      if (await this.#answered.heard(wire.signal, wire.responseMs)) continue;
      throw new UplinkError(
        'timeout',
        `the collector did not say within ${wire.responseMs} ms that it stored content`,
      );
    }
  }
}

/** What the steps come to; others have their turn between any two. */
async function inTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) await nextTurn();
  return step.value;
}

function take(names: Map<string, ContentName>, name: ContentName): ContentName | undefined {
  const held = names.get(idOf(name));
  names.delete(idOf(name));
  return held;
}

function idOf(ref: ContentName): string {
  return `${ref.kind} ${ref.key}`;
}
