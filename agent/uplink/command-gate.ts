import type { Command } from '../../proto/codec/command.ts';

/** Ids remembered; a collector sends a command again at most once a session. */
const REMEMBERED = 10_000;

/** A command with what to do with it. Each gets a result, which goes out as an event. */
export type CommandDelivery =
  | { readonly command: Command; readonly verdict: 'execute' }
  | {
      readonly command: Command;
      readonly verdict: 'refused' | 'expired';
      /** A sentence for the result. */
      readonly message: string;
    };

/** Lets every command through at most once while this agent runs, and only to whom and while it is meant. */
export class CommandGate {
  readonly #node: string;
  readonly #clock: () => number;
  readonly #seen = new Set<string>();

  constructor(options: { readonly node: string; readonly clock: () => number }) {
    this.#node = options.node;
    this.#clock = options.clock;
  }

  /** Undefined for a command that was delivered before, or that no result could name. */
  admit(command: Command): CommandDelivery | undefined {
    if (command.id === '' || this.#seen.has(command.id)) return undefined;
    this.#remember(command.id);
    if (command.node !== this.#node) {
      return { command, verdict: 'refused', message: 'The command is meant for another node.' };
    }
    if (command.expiresAt <= this.#clock()) {
      return {
        command,
        verdict: 'expired',
        message: "The command expired before it arrived, by the node's clock.",
      };
    }
    if (command.action.kind === 'unknown') {
      return { command, verdict: 'refused', message: 'This agent is too old to know the command.' };
    }
    return { command, verdict: 'execute' };
  }

  #remember(id: string): void {
    this.#seen.add(id);
    if (this.#seen.size <= REMEMBERED) return;
    const [oldest] = this.#seen;
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}
