import { TokenBucket } from '../../platform/token-bucket.ts';
import { changesNode, LONGEST_COMMAND_MS, type Command } from '../../proto/codec/command.ts';
import { verifyCommand, type TrustedKey, type Verification } from '../../proto/codec/command-signature.ts';

/** Ids remembered; a collector sends a command again at most once a session. */
const REMEMBERED = 10_000;
/** Ids are written down in many places; UUIDs have 36 letters. */
const LONGEST_ID = 128;
/** The collector's clock may be ahead. */
const CLOCKS_APART_MS = 24 * 3_600_000;
/** More at once than anybody orders; every one costs two lines of the audit log, which must not be flooded. */
const AT_ONCE = 1_000;
const PER_SECOND = 0.2;
/** How often at most each reason for dropping commands is told. */
const TELL_MS = 60_000;

/** Who orders. */
export interface Authority {
  /** The holder of the key that signed; without one, whom the collector names. */
  readonly issuer: string;
  /** The trusted key that signed; absent when the collector's word is all there is. */
  readonly keyId?: string;
}

/** A command with what to do with it. Each gets a result, which goes out as an event. */
export type CommandDelivery =
  | { readonly command: Command; readonly authority: Authority; readonly verdict: 'execute' }
  | {
      readonly command: Command;
      readonly authority: Authority;
      readonly verdict: 'refused' | 'expired';
      /** A sentence for the result. */
      readonly message: string;
    };

/** Had the collector credit for a command? `uncounted`: it knows nothing of credit. */
export type Standing = 'within' | 'beyond' | 'uncounted';

/**
 * A command that gets no result.
 * - `repeated`: it came before, and has or gets a result from then.
 * - `nameless`: no result could name it.
 * - `too-many`: it comes again with the next session.
 */
export interface CommandDrop {
  readonly why: 'repeated' | 'nameless' | 'too-many';
  /** How many were dropped for this reason since it was last told. */
  readonly dropped: number;
}

export interface CommandGateOptions {
  readonly node: string;
  /** ms since the epoch. */
  readonly clock: () => number;
  /** Milliseconds that never go back, however the clock is set. */
  readonly now: () => number;
  /** Whose commands may change this node, at this moment; when absent, anybody's, as far as the collector lets them. */
  readonly trustedKeys?: () => readonly TrustedKey[];
  /** Most commands at once; 1,000 when absent. */
  readonly atOnce?: number;
  /** Told at once, then at most once a minute for each reason. */
  readonly onDropped?: (drop: CommandDrop) => void;
}

type Verdict = { readonly verdict: 'refused' | 'expired'; readonly message: string };

/** Lets every command through at most once while this agent runs, and only to whom, while and as it is meant. */
export class CommandGate {
  readonly #options: CommandGateOptions;
  readonly #seen = new Set<string>();
  readonly #bucket: TokenBucket;
  readonly #drops = new Map<CommandDrop['why'], { dropped: number; toldAt: number }>();
  #isFlooded = false;

  constructor(options: CommandGateOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(PER_SECOND, options.atOnce ?? AT_ONCE, options.now());
  }

  /** How many commands may come now; who is given credit for no more is never one of too many. */
  room(): number {
    return Math.floor(this.#bucket.level(this.#options.now()));
  }

  /** When there will be room for so many, ms from now. */
  roomIn(commands: number): number {
    const missing = commands - this.#bucket.level(this.#options.now());
    return Math.max(1, Math.ceil((missing / PER_SECOND) * 1000));
  }

  /**
   * Undefined for a command that was delivered before, or that no result could name. One beyond the credit is refused. When
   * there are too many, the first one too many is refused and the others are left: what has no result is sent again.
   */
  admit(command: Command, standing: Standing = 'uncounted'): CommandDelivery | undefined {
    const { id } = command;
    const now = this.#options.now();
    if (id === '' || id.length > LONGEST_ID) return this.#drop('nameless', now);
    if (this.#seen.has(id)) return this.#drop('repeated', now);
    const isEmpty = this.#bucket.level(now) < 1;
    const isTooMany = isEmpty && standing !== 'within';
    if (isTooMany && this.#isFlooded) return this.#drop('too-many', now);
    this.#isFlooded = isEmpty;
    const verification = verifyCommand(command, this.#options.trustedKeys?.() ?? []);
    const authority: Authority =
      verification.kind === 'signed'
        ? { issuer: verification.key.owner, keyId: verification.key.id }
        : { issuer: command.issuer };
    this.#remember(id);
    if (isTooMany) {
      const message = 'More commands came than anybody could mean; order it again in some minutes.';
      return { command, authority, verdict: 'refused', message };
    }
    this.#bucket.spend(1, now);
    if (standing === 'beyond') {
      const message = 'More commands came than the agent gave credit for; order it again.';
      return { command, authority, verdict: 'refused', message };
    }
    const objection =
      this.#objection(command, this.#options.clock()) ?? this.#unproven(command, verification);
    return { command, authority, ...(objection ?? { verdict: 'execute' }) };
  }

  /** It could not be taken: it may come again. */
  forget(id: string): void {
    this.#seen.delete(id);
  }

  #drop(why: CommandDrop['why'], now: number): undefined {
    const drops = this.#drops.get(why) ?? { dropped: 0, toldAt: -Infinity };
    this.#drops.set(why, drops);
    drops.dropped += 1;
    if (now - drops.toldAt < TELL_MS) return;
    this.#options.onDropped?.({ why, dropped: drops.dropped });
    drops.dropped = 0;
    drops.toldAt = now;
  }

  #objection({ node, expiresAt, action, isNewer }: Command, now: number): Verdict | undefined {
    if (node !== this.#options.node) return refused('The command is meant for another node.');
    if (expiresAt <= now) {
      const message = "The command expired before it arrived, by the node's clock.";
      return { verdict: 'expired', message };
    }
    if (expiresAt - now > LONGEST_COMMAND_MS + CLOCKS_APART_MS)
      return refused('A command may be valid for 30 days at most.');
    if (action.kind === 'unknown') return refused('This agent is too old to know the command.');
    if (isNewer && changesNode(action))
      return refused('The command has parts that this agent is too old to know, and would change the node.');
    return undefined;
  }

  /** Only what changes the node must be signed, and only where keys are trusted. */
  #unproven({ action }: Command, { kind }: Verification): Verdict | undefined {
    if (this.#options.trustedKeys === undefined || !changesNode(action)) return undefined;
    switch (kind) {
      case 'signed':
        return undefined;
      case 'unsigned':
        return refused('This node takes only signed commands, and this one is not signed.');
      case 'untrusted':
        return refused('The command is signed by a key that this node does not trust.');
      case 'newer':
        return refused('The command was signed by a newer version, and this agent is too old to check it.');
      case 'altered':
        return refused('The signature is not of this command: somebody has altered it on its way.');
    }
  }

  #remember(id: string): void {
    this.#seen.add(id);
    if (this.#seen.size <= REMEMBERED) return;
    const [oldest] = this.#seen;
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}

function refused(message: string): Verdict {
  return { verdict: 'refused', message };
}
