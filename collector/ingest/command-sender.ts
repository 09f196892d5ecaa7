import { text } from '../../proto/codec/fields.ts';
import { tallyman } from '../../proto/generated/tallyman.js';
import type { IngestStore } from './ingest-store.ts';
import type { SessionChannel } from './session-channel.ts';

/** Credit that an agent may have, whatever it gives. */
const MOST_AHEAD = 1_000;
/** Read from the store at a time. */
const PAGE = 256;

export interface CommandSenderOptions {
  readonly node: string;
  readonly store: Pick<IngestStore, 'pendingCommands' | 'commandsSent'>;
  readonly channel: Pick<SessionChannel, 'send'>;
  /** Commands that the agent takes ahead of their results; 0: it does not count. */
  readonly credit: number;
  /** ms since the epoch. */
  readonly clock: () => number;
}

/**
 * Hands over commands in one session: each once, in the order of issue, and no more than the agent gave credit for. The
 * others wait in the store. All of them are read from there, those that were issued here too: only the store knows what
 * was issued before them at another collector.
 */
export class CommandSender {
  readonly #options: CommandSenderOptions;
  /** When those expire that have no result, by their IDs. */
  readonly #handedOver = new Map<string, number>();
  #credit: number;
  /** Some may wait in the store: they go first. */
  #isBehind = true;
  #isRunning = false;

  constructor(options: CommandSenderOptions) {
    this.#options = options;
    this.#credit = options.credit === 0 ? Infinity : Math.min(options.credit, MOST_AHEAD);
  }

  /** Hands over what waits in the store, as far as there is credit. Rejects as the store and the channel do. */
  async handOver(): Promise<void> {
    this.#isBehind = true;
    await this.catchUp();
  }

  /** The same, when something may wait. */
  async catchUp(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#isBehind && this.#credit >= 1) await this.#handSome();
    } catch (error) {
      this.#isBehind = true;
      throw error;
    } finally {
      this.#isRunning = false;
    }
  }

  /** The agent takes so many more. */
  add(commands: number): void {
    if (this.#credit < MOST_AHEAD) this.#credit = Math.min(this.#credit + commands, MOST_AHEAD);
  }

  /** Results of these commands, if of any, are stored. */
  stored({ events }: tallyman.v1.EventBatch.$Properties): void {
    for (const { commandResult } of events ?? []) this.#handedOver.delete(text(commandResult?.commandId));
  }

  async #handSome(): Promise<void> {
    const { store, channel, node, clock } = this.#options;
    const now = clock();
    for (const [id, expiresAt] of this.#handedOver) if (expiresAt <= now) this.#handedOver.delete(id);
    const part = { most: Math.min(this.#credit, PAGE), but: [...this.#handedOver.keys()] };
    // What is put from here on, this may miss.
    this.#isBehind = false;
    const waiting = await store.pendingCommands(node, now, part);
    if (waiting.length === part.most) this.#isBehind = true;
    for (const { id, payload, expiresAt } of waiting) {
      this.#handedOver.set(id, expiresAt);
      this.#credit -= 1;
      await channel.send({ command: tallyman.v1.Command.decode(payload) });
    }
    const ids = waiting.map(({ id }) => id);
    if (ids.length > 0) await store.commandsSent(ids, clock());
  }
}
