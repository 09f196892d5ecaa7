import { setTimeout as sleep } from 'node:timers/promises';
import type { StateItem } from '../../core/inventory.ts';
import { Backoff } from '../../platform/backoff.ts';
import { CertificateError } from '../../platform/certificate-error.ts';
import type { Logger } from '../../platform/logging.ts';
import { isLoopback, type TlsSource } from '../../platform/tls.ts';
import type { TrustedKey } from '../../proto/codec/command-signature.ts';
import { catalogerSet, type ContentName } from '../../proto/codec/content.ts';
import { DEFAULT_LIMITS, type Limits } from '../../proto/codec/limits.ts';
import { Absence } from './absence.ts';
import { connect } from './connection.ts';
import { CommandCredit } from './command-credit.ts';
import { CommandGate, type CommandDelivery } from './command-gate.ts';
import type { ContentAnswer, LentContent } from './content-asks.ts';
import { ContentBook } from './content-book.ts';
import { ContentSender, type ContentSource } from './content-sender.ts';
import { Credit } from './credit.ts';
import type { EventOutbox } from './event-outbox.ts';
import { EventSender } from './event-sender.ts';
import { contentSentence, itemSentence, Limitations } from './limitations.ts';
import type { AgentIdentity, SessionEnd, SessionParts } from './session.ts';
import { StateSync } from './state-sync.ts';
import { waitOf } from './told-times.ts';
import { DEFAULT_TIMING, type UplinkTiming } from './timing.ts';
import { errorMessage } from '../../platform/error-message.ts';

export type { CommandDelivery } from './command-gate.ts';
export type { ContentAnswer, LentContent } from './content-asks.ts';
export type { ContentSource } from './content-sender.ts';
export type { EventOutbox, OutboxEvent } from './event-outbox.ts';
export type { UplinkTiming } from './timing.ts';

/** A session that lasted this many times the first wait proves that the way is open. */
const STEADY_BASES = 10;
/** Layers and compositions of far more images than a node has. */
const MAX_CONTENT_NAMES = 200_000;

export interface UplinkOptions extends AgentIdentity {
  /** `host:port` of the collector. */
  readonly target: string;
  readonly tls: TlsSource;
  readonly outbox: EventOutbox;
  readonly content: ContentSource;
  readonly limits?: Limits;
  readonly timing?: Partial<UplinkTiming>;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Milliseconds that never go back, however the clock is set. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Whose commands may change this node, at this moment; when absent, anybody's, as far as the collector lets them. */
  readonly trustedKeys?: () => readonly TrustedKey[];
  /**
   * Each command once while this agent runs; after a restart the caller knows which it did. Fulfilled when its result is in
   * the outbox, or there will be none: then another may come in its place. Rejected when it could not be taken: then it may
   * come again, with another session.
   */
  onCommand(delivery: CommandDelivery): Promise<void> | void;
  /** The collector may have lost content that it was said to hold. */
  onContentLost?(): void;
}

export interface UplinkStatus {
  /** The collector welcomed us and the stream is up. */
  readonly connected: boolean;
  /** Since when it is so, ms since the epoch. */
  readonly since: number;
  /** Why the last session or attempt ended, when it was no wish of ours. */
  readonly lastError?: string;
  /** ms since the epoch; absent in plain text, and until the files were read. */
  readonly certificateValidUntil?: number;
}

/** The agent's end of the session. It reconnects for ever, until closed. */
export interface Uplink {
  start(): void;
  /** The whole state as it is now. Never queued: after an outage only the latest counts. */
  setState(items: readonly StateItem[]): void;
  /** All content that this node can supply now. Sent only if the collector wants it. */
  offerContent(names: readonly ContentName[]): void;
  /**
   * Asks what the collector wants of content that this node could make. Undefined once there was no session for a minute: then
   * the node is on its own. Rejects when the signal fires.
   */
  askContent(names: readonly ContentName[], signal: AbortSignal): Promise<ContentAnswer | undefined>;
  /** What of this node cannot reach the collector now; sentences, of bounded number. */
  limitations(): readonly string[];
  /** What was wanted of this node cannot be made here: others may be asked at once. `why`: a sentence. */
  declineContent(wanted: readonly LentContent[], why: string): void;
  /** The outbox has new events. */
  notifyEvents(): void;
  /** False: the collector takes no more content now, so do not produce more. True without a session. */
  hasCredit(): boolean;
  /** Until `hasCredit()`. Rejects when the signal fires. */
  creditAvailable(signal: AbortSignal): Promise<void>;
  status(): UplinkStatus;
  /** Lets state and events reach the collector for at most `deadlineMs`, says goodbye and ends. */
  close(deadlineMs: number): Promise<void>;
}

/** Throws a CertificateError for plain text to anywhere but this machine. */
export function createUplink(options: UplinkOptions): Uplink {
  if (options.tls.kind === 'insecure' && !isLoopback(hostOf(options.target))) {
    throw new CertificateError(
      'mismatch',
      `${options.target} is not this machine; plain text is for loopback alone, so give certificates`,
    );
  }
  return new ReconnectingUplink(options);
}

class ReconnectingUplink implements Uplink {
  readonly #options: UplinkOptions;
  readonly #timing: UplinkTiming;
  readonly #parts: SessionParts;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  readonly #limitations = new Limitations();
  readonly #absence: Absence;
  #running: Promise<void> | undefined;
  #status: UplinkStatus;

  constructor(options: UplinkOptions) {
    const { clock, now, random, logger, limits = DEFAULT_LIMITS } = options;
    this.#options = options;
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#absence = new Absence(this.#timing.aloneMs);
    this.#backoff = new Backoff({
      baseMs: this.#timing.backoffBaseMs,
      capMs: this.#timing.backoffCapMs,
      random,
    });
    this.#status = { connected: false, since: clock() };
    const book = new ContentBook({ now, random, capacity: MAX_CONTENT_NAMES });
    const credit = new Credit();
    const gate = new CommandGate({
      node: options.node,
      clock,
      now,
      ...(options.trustedKeys && { trustedKeys: options.trustedKeys }),
      onDropped: (drop) => logger.warn(drop, 'commands dropped'),
    });
    this.#parts = {
      identity: options,
      limits,
      book,
      credit,
      outbox: options.outbox,
      state: new StateSync({
        limits,
        logger,
        onLeftOut: (item) => this.#logLimitation(itemSentence(item)),
      }),
      content: new ContentSender({
        book,
        credit,
        logger,
        source: options.content,
        catalogerSet: catalogerSet(options.catalogers),
        onUnfit: (name, why) => {
          this.#limitations.contentUnfit(name, why);
          this.#logLimitation(contentSentence(name, why));
        },
      }),
      events: new EventSender({ outbox: options.outbox, logger, clock }),
      gate,
      commandCredit: new CommandCredit(gate),
      welcomeMs: this.#timing.welcomeMs,
      responseMs: this.#timing.responseMs,
      leastLifetimeMs: this.#timing.leastLifetimeMs,
      random,
      logger,
      onCommand: (delivery) => options.onCommand(delivery),
      onQueued: (ahead) => this.#queued(ahead),
      onConnected: () => this.#connected(),
      onContentLost: () => options.onContentLost?.(),
    };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  setState(items: readonly StateItem[]): void {
    this.#parts.state.set(items);
  }

  offerContent(names: readonly ContentName[]): void {
    const dropped = this.#parts.book.set(names);
    if (dropped > 0) this.#options.logger.warn({ dropped }, 'more content than can be kept track of');
    this.#limitations.contentNamed(names);
    this.#parts.content.notify();
  }

  limitations(): readonly string[] {
    return this.#limitations.told(this.#parts.state.leftOut());
  }

  async askContent(names: readonly ContentName[], signal: AbortSignal): Promise<ContentAnswer | undefined> {
    const alone = this.#absence.signal;
    try {
      return await this.#parts.content.ask(names, AbortSignal.any([signal, alone]));
    } catch (error) {
      signal.throwIfAborted();
      if (alone.aborted) return undefined;
      throw error;
    }
  }

  declineContent(wanted: readonly LentContent[], why: string): void {
    this.#parts.content.decline(wanted, why);
  }

  notifyEvents(): void {
    this.#parts.events.notify();
  }

  hasCredit(): boolean {
    return this.#parts.credit.has();
  }

  creditAvailable(signal: AbortSignal): Promise<void> {
    return this.#parts.credit.available(signal);
  }

  status(): UplinkStatus {
    return this.#status;
  }

  async close(deadlineMs: number): Promise<void> {
    const until = performance.now() + deadlineMs;
    while (this.#status.connected && !this.#idle() && performance.now() < until) await sleep(20);
    this.#closing.abort();
    await this.#running;
  }

  /** Also when events cannot be read: then they cannot be sent. */
  #idle(): boolean {
    try {
      return this.#parts.state.settled() && this.#parts.outbox.count() === 0;
    } catch {
      return true;
    }
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const wait = await this.#attempt();
      if (this.#closing.signal.aborted) return;
      try {
        await sleep(wait, undefined, { signal: this.#closing.signal });
      } catch {
        return;
      }
    }
  }

  /** One session, or one try at it; how long to wait before the next, ms. */
  async #attempt(): Promise<number> {
    try {
      const end = await this.#session();
      return this.#afterEnd(end);
    } catch (error) {
      if (this.#closing.signal.aborted) return 0;
      const why = errorMessage(error);
      this.#options.logger.warn({ err: error }, 'session with the collector failed');
      this.#disconnected(why);
      return this.#backoff.next();
    }
  }

  #session(): Promise<SessionEnd> {
    const { target, tls, clock, logger } = this.#options;
    return connect({
      parts: this.#parts,
      target,
      tls,
      timing: this.#timing,
      leave: this.#closing.signal,
      clock,
      logger,
      onCertificate: (validUntil) => {
        this.#status = { ...this.#status, certificateValidUntil: validUntil };
      },
    });
  }

  #afterEnd(end: SessionEnd): number {
    switch (end.kind) {
      case 'left':
      case 'succeeded':
        this.#disconnected(undefined);
        return 0;
      case 'drained':
        this.#options.logger.info({ afterMs: end.afterMs }, 'collector is about to close');
        this.#disconnected('the collector is about to close');
        return waitOf(end.afterMs) * (0.5 + this.#options.random()) + this.#backoff.next();
      case 'closed':
        this.#disconnected('the collector closed the stream');
        return this.#backoff.next();
      case 'refused': {
        const { reason, message, retryAfterMs } = end.refusal;
        this.#options.logger.error({ reason, refusal: message }, 'collector refused the session');
        this.#disconnected(`the collector refused: ${message}`);
        // Without a word on when to come back only a person can help; the slowest pace notices that one did.
        return retryAfterMs === undefined
          ? this.#timing.backoffCapMs * (0.5 + this.#options.random() / 2)
          : waitOf(retryAfterMs) + this.#backoff.next();
      }
    }
  }

  /** Its turn will come, so the node is not on its own; one that renews its session has another one meanwhile. */
  #queued(ahead: number): void {
    this.#options.logger.info({ ahead }, 'in line at the collector');
    if (!this.#status.connected) this.#absence.postpone();
  }

  #connected(): void {
    this.#absence.end();
    const { certificateValidUntil } = this.#status;
    const now = this.#options.clock();
    this.#status = {
      connected: true,
      since: now,
      ...(certificateValidUntil === undefined ? {} : { certificateValidUntil }),
    };
    this.#options.logger.info({ target: this.#options.target }, 'connected to the collector');
  }

  #disconnected(lastError: string | undefined): void {
    this.#absence.begin();
    const { connected, since, certificateValidUntil } = this.#status;
    const now = this.#options.clock();
    // A session that breaks at once is no success.
    if (connected && now - since > this.#timing.backoffBaseMs * STEADY_BASES) this.#backoff.reset();
    this.#status = {
      connected: false,
      since: connected ? now : since,
      ...(lastError === undefined ? {} : { lastError }),
      ...(certificateValidUntil === undefined ? {} : { certificateValidUntil }),
    };
  }

  #logLimitation(sentence: string): void {
    this.#options.logger.warn({ sentence }, 'not everything is reported');
  }
}

function hostOf(target: string): string {
  const end = target.lastIndexOf(':');
  return target.slice(0, end === -1 ? undefined : end).replace(/^\[(.*)\]$/, '$1');
}
