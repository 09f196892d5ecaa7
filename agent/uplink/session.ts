import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted, withDeadline } from '../../platform/deadline.ts';
import type { Logger } from '../../platform/logging.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import { commandOf, type Command } from '../../proto/codec/command.ts';
import { integer, text } from '../../proto/codec/fields.ts';
import { agreeLimits, encodeLimits, type Limits } from '../../proto/codec/limits.ts';
import {
  COMMAND_CREDIT_MINOR,
  decodeResponse,
  encodeRequest,
  PROTOCOL_MINOR,
  refusalOf,
  type DecodedResponse,
  type Refusal,
  type Request,
} from '../../proto/codec/session.ts';
import type { tallyman } from '../../proto/generated/tallyman.js';
import type { CommandCredit } from './command-credit.ts';
import type { CommandDelivery, CommandGate } from './command-gate.ts';
import type { ContentBook } from './content-book.ts';
import type { ContentSender } from './content-sender.ts';
import type { Credit } from './credit.ts';
import type { EventOutbox } from './event-outbox.ts';
import type { EventSender } from './event-sender.ts';
import type { StateSync } from './state-sync.ts';
import type { UplinkStream } from './stream.ts';
import { beatOf, lifetimeOf } from './told-times.ts';
import { UplinkError } from './uplink-error.ts';
import type { Wire } from './wire.ts';

/** Senders of one session: state, content, events, credit for commands, heartbeats, and a goodbye. */
const MAX_SENDERS = 8;
/** However slow beats are: a change of state is told within a minute, and that the collector is quick again only with a beat. */
const LONGEST_REST_MS = 60_000;
const GOODBYE_MS = 2_000;

/** How a session ended. */
export type SessionEnd =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'drained'; readonly afterMs: number }
  /** The collector closed the stream without a word. */
  | { readonly kind: 'closed' }
  /** We ended it, to come back at once or not at all. */
  | { readonly kind: 'left' }
  /** Another stream of ours has taken its place. */
  | { readonly kind: 'succeeded' };

/** A stream on which the collector welcomed us. A session is to be run on it, or it is to be closed. */
export interface WelcomedStream {
  readonly kind: 'welcomed';
  readonly stream: UplinkStream;
  readonly messages: AsyncGenerator<Uint8Array, void, undefined>;
  readonly welcome: Welcome;
  readonly limits: Limits;
  readonly queue: SerialQueue;
  /** Commands that our hello gave credit for. */
  readonly commandsAhead: number;
}

/** Who we are. */
export interface AgentIdentity {
  readonly node: string;
  /** Random, made at start: tells two agents with one name apart. */
  readonly instance: string;
  readonly agentVersion: string;
  readonly bootId: string;
  readonly catalogers: readonly { readonly id: string; readonly version: number }[];
}

/** What outlives sessions. */
export interface SessionParts {
  readonly identity: AgentIdentity;
  readonly limits: Limits;
  readonly state: StateSync;
  readonly book: ContentBook;
  readonly content: ContentSender;
  readonly credit: Credit;
  readonly outbox: EventOutbox;
  readonly events: EventSender;
  readonly gate: CommandGate;
  readonly commandCredit: CommandCredit;
  readonly welcomeMs: number;
  readonly responseMs: number;
  readonly leastLifetimeMs: number;
  readonly random: () => number;
  readonly logger: Logger;
  onCommand(delivery: CommandDelivery): Promise<void> | void;
  /** The collector will welcome us when it is our turn; so many others are before us. */
  onQueued(ahead: number): void;
  onConnected(): void;
  onContentLost(): void;
}

type Welcome = tallyman.v1.Welcome.$Properties;

/**
 * Says hello on a new stream, while another may still carry a session. `leave` fires when we want out. Throws an
 * UplinkError, WireError or DeadlineError. The stream is closed unless we are welcome.
 */
export async function greet(
  parts: SessionParts,
  stream: UplinkStream,
  leave: AbortSignal,
): Promise<WelcomedStream | SessionEnd> {
  const queue = new SerialQueue(MAX_SENDERS);
  const messages = stream.messages();
  const commandsAhead = parts.commandCredit.offered();
  async function hello(): Promise<WelcomedStream | SessionEnd> {
    const bytes = encodeRequest({ hello: { ...helloOf(parts), commandCredit: commandsAhead } });
    const said = queue.run(() => stream.write(bytes)).then(() => messages.next());
    const first = await answerAfterLine(parts, messages, said);
    if (first.done) return { kind: 'closed' };
    const { welcome, refusal } = decodeResponse(first.value);
    if (refusal) return { kind: 'refused', refusal: refusalOf(refusal) };
    if (!welcome) throw new UplinkError('protocol', 'the collector did not begin with a welcome');
    const limits = agreeLimits(parts.limits, welcome.limits);
    return { kind: 'welcomed', stream, messages, welcome, limits, queue, commandsAhead };
  }
  let answer: WelcomedStream | SessionEnd = { kind: 'left' };
  try {
    answer = await unlessAborted(hello(), leave);
    return answer;
  } catch (error) {
    if (leave.aborted) return { kind: 'left' };
    throw error;
  } finally {
    if (answer.kind !== 'welcomed') stream.close();
  }
}

/**
 * What the collector says when it is our turn. It keeps us waiting for as long as it says so, every now and then; without a
 * word for `welcomeMs` it throws a DeadlineError.
 */
async function answerAfterLine(
  parts: SessionParts,
  messages: AsyncGenerator<Uint8Array, void, undefined>,
  first: Promise<IteratorResult<Uint8Array, void>>,
): Promise<IteratorResult<Uint8Array, void>> {
  const what = 'the welcome of the collector';
  let answer = await withDeadline(first, parts.welcomeMs, what);
  while (!answer.done) {
    const { queued } = decodeResponse(answer.value);
    if (!queued) return answer;
    parts.onQueued(queued.ahead ?? 0);
    answer = await withDeadline(messages.next(), parts.welcomeMs, what);
  }
  return answer;
}

/**
 * One session, from the welcome to its end. `leave` fires when we want out, `succeeded` when another stream of ours has
 * taken over. Throws an UplinkError, WireError or DeadlineError when it broke. The stream is closed in any case.
 */
export async function runSession(
  parts: SessionParts,
  { stream, messages, welcome, limits, queue, commandsAhead }: WelcomedStream,
  { leave, succeeded }: { readonly leave: AbortSignal; readonly succeeded: AbortSignal },
): Promise<SessionEnd> {
  const over = new AbortController();
  const send = (message: Request): Promise<void> => {
    const bytes = encodeRequest(message);
    if (bytes.length > limits.maxMessageBytes) {
      throw new UplinkError('limit', `a message of ${bytes.length} bytes is larger than agreed`);
    }
    return queue.run(() => stream.write(bytes));
  };
  const running: Promise<SessionEnd>[] = [];
  try {
    if (!parts.outbox.confirm(integer(welcome.eventsStoredUpTo))) {
      throw new UplinkError(
        'protocol',
        'the collector has events that this node knows nothing of; it goes on under a new epoch',
      );
    }
    const welcomeBeatMs = beatOf(welcome.beatIntervalMs ?? 0);
    const pace = { beatMs: welcomeBeatMs };
    const restMs = (): number => (pace.beatMs > welcomeBeatMs ? Math.min(pace.beatMs, LONGEST_REST_MS) : 0);
    const wire: Wire = { send, limits, responseMs: parts.responseMs, restMs, signal: over.signal };
    begin(parts, welcome, limits);
    const isCounting = (welcome.protocolMinor ?? 0) >= COMMAND_CREDIT_MINOR;
    parts.commandCredit.open(isCounting ? commandsAhead : undefined);
    parts.onConnected();
    const reading = read(parts, messages, pace, limits);
    running.push(
      reading,
      beat(parts, wire, pace),
      lifetime(lifetimeOf(welcome.sessionLifetimeMs ?? 0, parts.leastLifetimeMs), parts.random, over.signal),
      parts.state.run(wire),
      parts.content.run(wire),
      parts.events.run(wire, integer(welcome.eventsStoredUpTo)),
      parts.commandCredit.run(wire),
      ended(leave, over.signal, 'left'),
      ended(succeeded, over.signal, 'succeeded'),
    );
    const end = await Promise.race(running);
    over.abort();
    if (end.kind === 'left') await goodbye(stream, send, reading);
    return end;
  } catch (error) {
    if (leave.aborted) return { kind: 'left' };
    throw error;
  } finally {
    over.abort();
    stream.close();
    await Promise.allSettled(running);
    parts.credit.close();
    parts.book.reopen();
  }
}

function helloOf({ identity, limits, outbox, state }: SessionParts): tallyman.v1.Hello.$Properties {
  return {
    protocolMinor: PROTOCOL_MINOR,
    agentVersion: identity.agentVersion,
    node: identity.node,
    bootId: identity.bootId,
    epoch: outbox.epoch,
    catalogers: identity.catalogers.map(({ id, version }) => ({ id, version })),
    limits: encodeLimits(limits),
    stateRoot: state.root(),
    firstPendingEvent: outbox.pending(0, 1, limits.maxMessageBytes)[0]?.number ?? 0,
    instance: identity.instance,
  };
}

function begin(parts: SessionParts, welcome: Welcome, limits: Limits): void {
  const asWeLeftIt = parts.state.welcome(welcome.stateRoot ?? new Uint8Array(), limits);
  if (!asWeLeftIt) {
    parts.book.forgetHeld();
    parts.onContentLost();
  }
  parts.credit.open(integer(welcome.credit?.contentBytes), welcome.credit?.contentItems ?? 0);
}

interface Pace {
  beatMs: number;
}

async function read(
  parts: SessionParts,
  messages: AsyncGenerator<Uint8Array, void, undefined>,
  pace: Pace,
  limits: Limits,
): Promise<SessionEnd> {
  for await (const bytes of messages) {
    if (bytes.length > limits.maxMessageBytes) {
      throw new UplinkError('limit', `the collector sent a message of ${bytes.length} bytes`);
    }
    const end = handle(parts, decodeResponse(bytes), pace);
    if (end) return end;
  }
  return { kind: 'closed' };
}

/** Hands a message to the part it is for. The session's end, when the message is one. */
function handle(parts: SessionParts, message: DecodedResponse, pace: Pace): SessionEnd | undefined {
  const { state, content, events, credit } = parts;
  switch (message.message) {
    case 'refusal':
      return { kind: 'refused', refusal: refusalOf(message.refusal) };
    case 'drain':
      return { kind: 'drained', afterMs: message.drain.reconnectAfterMs ?? 0 };
    case 'stateStored':
      state.stored(message.stateStored.stateRoot ?? new Uint8Array());
      return undefined;
    case 'stateCompare':
      state.compare();
      return undefined;
    case 'bucketRequest':
      state.requested(message.bucketRequest.buckets ?? []);
      return undefined;
    case 'contentWant':
      content.wanted(message.contentWant);
      return undefined;
    case 'contentStored':
      content.stored(message.contentStored);
      return undefined;
    case 'eventAck':
      events.acknowledged(text(message.eventAck.epoch), integer(message.eventAck.upTo));
      return undefined;
    case 'credit':
      pace.beatMs = beatOf(message.credit.beatIntervalMs ?? 0, pace.beatMs);
      credit.add(integer(message.credit.contentBytes), message.credit.contentItems ?? 0);
      return undefined;
    case 'command':
      void deliver(parts, commandOf(message.command));
      return undefined;
    case 'welcome':
    case 'queued':
    case undefined:
      throw new UplinkError('protocol', 'the collector sent what belongs before a session');
  }
}

/** Until it has a result, or will have none. Never rejects. */
async function deliver(parts: SessionParts, command: Command): Promise<void> {
  const { gate, commandCredit, logger } = parts;
  const standing = commandCredit.taken();
  try {
    const delivery = gate.admit(command, standing);
    if (delivery) await parts.onCommand(delivery);
  } catch (error) {
    logger.error({ err: error, command: command.id }, 'command could not be taken');
    gate.forget(command.id);
  } finally {
    commandCredit.answered();
  }
}

async function beat(parts: SessionParts, wire: Wire, pace: Pace): Promise<SessionEnd> {
  for (;;) {
    await wire.send({
      heartbeat: {
        stateRoot: parts.state.beatRoot(),
        pendingEvents: parts.outbox.count(),
        condition: parts.state.condition(),
      },
    });
    await sleep(pace.beatMs, undefined, { signal: wire.signal });
  }
}

/** Leaves somewhat before the collector's word, each agent at a moment of its own. */
async function lifetime(
  ms: number | undefined,
  random: () => number,
  over: AbortSignal,
): Promise<SessionEnd> {
  if (ms === undefined) return ended(over, over, 'left');
  await sleep(ms * (0.7 + 0.3 * random()), undefined, { signal: over });
  return { kind: 'left' };
}

/** Resolves never but by one of the signals. */
function ended(by: AbortSignal, over: AbortSignal, kind: 'left' | 'succeeded'): Promise<SessionEnd> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any([by, over]);
    if (signal.aborted) resolve({ kind });
    signal.addEventListener('abort', () => resolve({ kind }), { once: true });
  });
}

/** Half-closes and lets the collector work off what is on its way, for a moment. */
async function goodbye(
  stream: UplinkStream,
  send: (message: Request) => Promise<void>,
  reading: Promise<SessionEnd>,
): Promise<void> {
  async function part(): Promise<void> {
    await send({ goodbye: { reason: 'the agent ends the session' } });
    stream.halfClose();
    await reading;
  }
  try {
    await withDeadline(part(), GOODBYE_MS, 'the goodbye');
  } catch {
    // It is over either way, and nothing is lost by it.
  }
}
