import { withDeadline } from '../../../platform/deadline.ts';
import { COMMAND_CHANNEL } from './command-rows.ts';
import { ANSWER_MS, type Client } from './connect.ts';

/** Begins what collectors say to themselves; no node's name does. */
const ECHO = '#';

/**
 * Hears of commands as they are put, at whichever collector, over a connection of its own. A connection that hears
 * nothing looks like one on which nothing is said: so a collector sends itself an echo now and then, and listens anew
 * when that does not come back.
 */
export class CommandListener {
  readonly #connect: () => Client;
  readonly #onCommand: (node: string) => void;
  readonly #echo: string;
  readonly #answerMs: number;
  #client: Client | undefined;
  #heard = false;
  #closed = false;

  /** `answerMs`: the longest that it may take until the server listens. */
  constructor(
    connect: () => Client,
    replica: string,
    onCommand: (node: string) => void,
    answerMs: number = ANSWER_MS,
  ) {
    this.#connect = connect;
    this.#echo = `${ECHO}${replica}`;
    this.#onCommand = onCommand;
    this.#answerMs = answerMs;
  }

  /** What to send to the channel after `keepUp`. */
  get echo(): string {
    return this.#echo;
  }

  /** Listens, anew if nothing was heard since the last call. Rejects when it cannot, or could not in time. */
  async keepUp(): Promise<void> {
    if (this.#heard) {
      this.#heard = false;
      return;
    }
    await this.#drop();
    if (this.#closed) return;
    const client = this.#connect();
    this.#client = client;
    const listening = client.listen(COMMAND_CHANNEL, (said) => {
      if (said === this.#echo) this.#heard = true;
      else if (!said.startsWith(ECHO)) this.#onCommand(said);
    });
    await withDeadline(listening, this.#answerMs, 'listening to the database');
    this.#heard = true;
  }

  /** For good. A `keepUp` under way rejects, or ends without listening. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#heard = false;
    await client?.end({ timeout: 0 });
  }
}
