import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../platform/error-message.ts';
import type { Logger } from '../../platform/logging.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import {
  changesNode,
  decodeCommand,
  encodeCommand,
  type Command,
  type CommandAction,
} from '../../proto/codec/command.ts';
import type { EventBody, Outcome } from '../../proto/codec/event.ts';
import type { AuditLog } from '../state/audit-log.ts';
import type { BegunCommand, CommandStore, StoredResult } from '../state/command-store.ts';
import { StateError } from '../state/state-error.ts';
import type { CommandDelivery } from '../uplink/command-gate.ts';
import {
  carryOutCleanup,
  runOutcome,
  type CleanupAction,
  type CommandedCleanup,
  type CommandOutcome,
} from './cleanup-commands.ts';
import { commandNote, resultNote, whoOrders } from './command-audit.ts';

export interface CommandParts {
  readonly store: Pick<CommandStore, 'begin' | 'begun' | 'finish' | 'told' | 'untold'>;
  readonly events: {
    /** Answers the event's number. */
    add(body: EventBody): number;
    /** True: the event is on its way to the collector. */
    waits(number: number): boolean;
  };
  readonly audit: Pick<AuditLog, 'write' | 'note' | 'head'>;
  readonly cleanup: CommandedCleanup;
  /** Reads the node anew soon. */
  readonly scan: () => void;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly logger: Pick<Logger, 'warn'>;
  /** How often to try again to keep a result that the disk does not take, ms; half a minute when absent. */
  readonly retryMs?: number;
}

/** One that is carried out and sixteen that wait. */
const MOST_CLEANUPS = 17;
/** How long a command waits for a run that somebody else began. */
const PATIENCE_MS = 60_000;
/** A run that an earlier agent began ends by itself, or is brought to an end. */
const LOOK_AGAIN_MS = 1_000;
const NO_RUN_MS = 5_000;
const HELP_MS = 5_000;
const OPEN_RUN_MS = 10 * 60_000;
const RETRY_MS = 30_000;

const END_UNKNOWN = 'The agent ended in the midst of it, and its end is not known';

/**
 * Carries out what the collector orders: each command at most once, whatever is repeated and whenever the agent ends, and
 * cleanup one after the other. Every result goes out as an event; commands and results are in the audit log.
 */
export class CommandRunner {
  readonly #parts: CommandParts;
  readonly #signal: AbortSignal;
  readonly #cleanups = new SerialQueue(MOST_CLEANUPS);
  readonly #open = new Set<Promise<void>>();

  constructor(parts: CommandParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /**
   * Fulfilled when its result is on its way, or none will come. Rejects with a StateError when the node's memory fails before
   * it is begun, or before it is said why it is not: then it may come again.
   */
  async take(delivery: CommandDelivery): Promise<void> {
    const { command, authority } = delivery;
    const unwritten = this.#audit(delivery);
    if (delivery.verdict !== 'execute') {
      this.#tell(command.id, { outcome: delivery.verdict, message: delivery.message });
      return;
    }
    if (unwritten !== undefined) {
      this.#tell(command.id, { outcome: 'refused', message: unwritten });
      return;
    }
    const { action } = command;
    if (!isCleanup(action)) {
      if (this.#claim(command)) await this.#keep(this.#finish(command, this.#answer(action.kind)));
      return;
    }
    if (this.#cleanups.full) {
      const message = `The agent is busy: ${MOST_CLEANUPS - 1} commands wait already. Order it again later.`;
      this.#tell(command.id, { outcome: 'refused', message });
      return;
    }
    const issuer = `${whoOrders(authority)}, by command ${command.id}`;
    await this.#keep(this.#inTurn(command, () => this.#cleanup(command, action, issuer)));
  }

  /** Tells what became of commands that an earlier agent began and did not end. */
  resume(): void {
    const { store, logger } = this.#parts;
    const works = [
      ...store.begun().map((begun) => this.#resume(begun)),
      ...store.untold().map(({ result, ...command }) => this.#finish(command, outcomeOf(result), true)),
    ];
    for (const work of works)
      this.#keep(work).catch((error: unknown) =>
        logger.warn({ err: error }, 'a command could not be brought to an end'),
      );
  }

  /** Waits for what is under way; the signal that it was made with calls it off. */
  async close(): Promise<void> {
    await Promise.all(this.#open);
  }

  /** Why the command must not be carried out, when the audit log cannot be written. */
  #audit(delivery: CommandDelivery): string | undefined {
    const note = commandNote(delivery);
    if (!changesNode(delivery.command.action)) {
      this.#parts.audit.note(note);
      return undefined;
    }
    try {
      this.#parts.audit.write(note);
      return undefined;
    } catch (error) {
      return `Nothing is done that cannot be written into the audit log: ${errorMessage(error)}.`;
    }
  }

  /** True: it is to be carried out now. What was before is told again, unless that is on its way. */
  #claim(command: Command): boolean {
    const { store, events } = this.#parts;
    const isHarmless = !changesNode(command.action);
    const claim = store.begin(command.id, command.expiresAt, encodeCommand(command), isHarmless);
    switch (claim.kind) {
      case 'new':
        return true;
      case 'begun':
        return false;
      case 'refused':
        this.#tell(command.id, {
          outcome: 'refused',
          message: 'Too many commands are remembered; try later.',
        });
        return false;
      case 'done':
        if (claim.event === undefined || !events.waits(claim.event))
          store.told(command.id, this.#tell(command.id, outcomeOf(claim.result), true));
        return false;
    }
  }

  #answer(kind: Exclude<CommandAction['kind'], CleanupAction['kind']>): CommandOutcome {
    switch (kind) {
      case 'ping':
        return { outcome: 'done', message: 'The agent is here.' };
      case 'scan':
        this.#parts.scan();
        return { outcome: 'done', message: 'The node is being read anew.' };
      case 'unknown':
        return { outcome: 'refused', message: 'This agent is too old to know the command.' };
    }
  }

  /** Keeping its result does not hold up the next one. */
  async #inTurn(command: Command, cleanUp: () => Promise<CommandOutcome | undefined>): Promise<void> {
    const outcome = await this.#cleanups.run(cleanUp);
    if (outcome !== undefined) await this.#finish(command, outcome);
  }

  /** Undefined when it is not carried out, now or here. */
  async #cleanup(
    command: Command,
    action: CleanupAction,
    issuer: string,
  ): Promise<CommandOutcome | undefined> {
    // Not begun: the collector sends it again to the next agent.
    if (this.#signal.aborted) return undefined;
    const { now, cleanup } = this.#parts;
    const left = command.expiresAt - now();
    if (left <= 0) {
      this.#tell(command.id, { outcome: 'expired', message: 'The command expired while it waited.' });
      return undefined;
    }
    if (!this.#claim(command)) return undefined;
    const order = { commandId: command.id, issuer, action, patienceMs: Math.min(PATIENCE_MS, left) };
    return carryOutCleanup(order, cleanup, this.#signal);
  }

  async #resume(command: BegunCommand): Promise<void> {
    const outcome = await this.#outcomeOf(command.id, actionOf(command.asked));
    if (outcome !== undefined) await this.#finish(command, outcome);
  }

  /** Undefined when we are to end before it is known. */
  async #outcomeOf(id: string, action: CommandAction | undefined): Promise<CommandOutcome | undefined> {
    const { cleanup } = this.#parts;
    if (action?.kind !== 'apply-plan') return { outcome: 'failed', message: `${END_UNKNOWN}.` };
    for (let waited = 0; !this.#signal.aborted; waited += LOOK_AGAIN_MS) {
      const run = cleanup.runOf(id);
      if (run?.outcome !== undefined) {
        // It may have ended without us, and nobody was told.
        cleanup.announce(run);
        return runOutcome(run);
      }
      if (run === undefined && waited >= NO_RUN_MS)
        return { outcome: 'failed', message: `${END_UNKNOWN}; it came to no run.` };
      if (run !== undefined && waited >= OPEN_RUN_MS)
        return { ...runOutcome(run), outcome: 'failed', message: `${END_UNKNOWN} yet.` };
      // Fails while the process of the earlier run is at its end, or no engine is there.
      if (run !== undefined && waited % HELP_MS === 0)
        await cleanup.settle(this.#signal).catch(() => undefined);
      await sleep(LOOK_AGAIN_MS, undefined, { signal: this.#signal }).catch(() => undefined);
    }
    return undefined;
  }

  /**
   * Keeps a result and puts it on its way. When the disk does not take it, as when it is full, it is tried again until it does;
   * an agent that is to end meanwhile leaves that to the next one.
   */
  async #finish(
    { id, expiresAt }: Pick<BegunCommand, 'id' | 'expiresAt'>,
    outcome: CommandOutcome,
    isRepeat = false,
  ): Promise<void> {
    const { store, audit, logger, retryMs = RETRY_MS } = this.#parts;
    let isNoted = false;
    let event: number | undefined;
    for (let tries = 1; ; tries += 1) {
      try {
        store.finish(id, outcome, expiresAt);
        isNoted ||= audit.note(resultNote(id, outcome, isRepeat));
        event ??= this.#putOnItsWay(id, outcome);
        store.told(id, event);
        return;
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        if (tries === 1)
          logger.warn({ err: error, command: id }, 'the result of a command waits for the disk');
      }
      await sleep(retryMs, undefined, { signal: this.#signal }).catch(() => undefined);
      if (this.#signal.aborted) return;
    }
  }

  /** Tells a result; answers its number. */
  #tell(commandId: string, outcome: CommandOutcome, isRepeat = false): number {
    this.#parts.audit.note(resultNote(commandId, outcome, isRepeat));
    return this.#putOnItsWay(commandId, outcome);
  }

  #putOnItsWay(commandId: string, outcome: CommandOutcome): number {
    const { audit, events } = this.#parts;
    const head = audit.head();
    return events.add({ kind: 'command-result', commandId, ...outcome, ...(head && { audit: head }) });
  }

  #keep(work: Promise<void>): Promise<void> {
    const open = work.catch(() => undefined).finally(() => this.#open.delete(open));
    this.#open.add(open);
    return work;
  }
}

function isCleanup(action: CommandAction): action is CleanupAction {
  return action.kind === 'plan-cleanup' || changesNode(action);
}

function actionOf(asked: Uint8Array): CommandAction | undefined {
  try {
    return decodeCommand(asked).action;
  } catch {
    return undefined;
  }
}

function outcomeOf({ outcome, message, detail }: StoredResult): CommandOutcome {
  return { outcome: outcome as Outcome, message, ...(detail && { detail }) };
}
