import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { integer, optionalText, present, text, word } from './fields.ts';
import { textWriter } from './text-writer.ts';
import { WireError } from './wire-error.ts';

const wire = tallyman.v1;
const MAX_FIELDS = 100_000;

const OUTCOMES = {
  done: wire.Outcome.OUTCOME_DONE,
  failed: wire.Outcome.OUTCOME_FAILED,
  refused: wire.Outcome.OUTCOME_REFUSED,
  expired: wire.Outcome.OUTCOME_EXPIRED,
} as const;
const RECEIPT_STATUSES = [
  'quarantined',
  'deleted',
  'untagged',
  'skipped',
  'conflict',
  'raced',
  'failed',
  'failed-silently',
  'restored',
] as const;
const RECEIPT_OUTCOMES = ['done', 'partial', 'failed', 'interrupted'] as const;

export type Outcome = keyof typeof OUTCOMES;

export interface ReceiptItem {
  readonly imageId: string;
  readonly names: readonly string[];
  readonly status: (typeof RECEIPT_STATUSES)[number];
  /** What became of it, when that is not what was planned. */
  readonly reason?: string;
  /** Why it was to go. */
  readonly why: string;
  readonly predictedBytes: number;
  readonly measuredBytes: number;
}

/** The last entry of an audit log: its hash in hex, and its number. */
export interface AuditHead {
  readonly hash: string;
  readonly sequence: number;
}

/** What happened. `unknown`: of a newer agent, kept as it is. */
export type EventBody =
  | {
      readonly kind: 'command-result';
      readonly commandId: string;
      readonly outcome: Outcome;
      /** A sentence. */
      readonly message: string;
      /** The plan or receipt: see command-detail.ts. */
      readonly detail?: Uint8Array;
      /** Where the node's audit log ended then; absent when it has none. */
      readonly audit?: AuditHead;
    }
  | {
      readonly kind: 'loss';
      readonly reason: string;
      readonly count: number;
      readonly firstNumber: number;
      readonly lastNumber: number;
    }
  | {
      readonly kind: 'engine-change';
      readonly engine: string;
      readonly status: string;
      readonly message?: string;
    }
  | {
      readonly kind: 'receipt';
      readonly runId: string;
      readonly planId: string;
      /** Who asked for the run. */
      readonly issuer: string;
      /** ms since the epoch. */
      readonly begunAt: number;
      /** Absent when the run was cut off. */
      readonly endedAt?: number;
      readonly outcome?: (typeof RECEIPT_OUTCOMES)[number];
      readonly reason?: string;
      /** Until then images can be brought back; absent when none can. */
      readonly undoUntil?: number;
      readonly predictedBytes: number;
      readonly measuredBytes: number;
      readonly items: readonly ReceiptItem[];
    }
  | { readonly kind: 'unknown' };

/** An event of a node: `number` counts up by one within the outbox's epoch; `time` is ms since the epoch, the node's clock. */
export interface NodeEvent {
  readonly number: number;
  readonly time: number;
  readonly body: EventBody;
}

export function encodeEvent(event: NodeEvent): Uint8Array {
  const { number, time, body } = event;
  return wire.Event.encode({ number, time, ...bodyMessage(body) }, textWriter()).finish();
}

/** Throws a WireError when the bytes are no event. */
export function decodeEvent(bytes: Uint8Array): NodeEvent {
  return eventOf(decodeBounded(wire.Event, bytes, MAX_FIELDS));
}

export function eventOf(message: tallyman.v1.Event.$Properties): NodeEvent {
  const number = integer(message.number);
  if (number < 1) throw new WireError('malformed', 'events are numbered from 1');
  return { number, time: integer(message.time), body: bodyOf(message) };
}

function bodyMessage(body: EventBody): tallyman.v1.Event.$Properties {
  switch (body.kind) {
    case 'command-result': {
      const { audit, outcome, ...rest } = body;
      const head = audit && { auditHead: audit.hash, auditSequence: audit.sequence };
      return { commandResult: { ...rest, outcome: OUTCOMES[outcome], ...head } };
    }
    case 'loss':
      return { loss: body };
    case 'engine-change':
      return { engineChange: body };
    case 'receipt':
      return { receipt: { ...body, items: body.items.map((item) => ({ ...item, names: [...item.names] })) } };
    case 'unknown':
      return {};
  }
}

function bodyOf(message: tallyman.v1.Event.$Properties): EventBody {
  if (message.commandResult) return commandResult(message.commandResult);
  if (message.loss) {
    const { reason, count, firstNumber, lastNumber } = message.loss;
    return {
      kind: 'loss',
      reason: text(reason),
      count: integer(count),
      firstNumber: integer(firstNumber),
      lastNumber: integer(lastNumber),
    };
  }
  if (message.engineChange) {
    const change = message.engineChange;
    return present({
      kind: 'engine-change' as const,
      engine: text(change.engine),
      status: text(change.status),
      message: optionalText(change.message),
    });
  }
  return message.receipt ? receipt(message.receipt) : { kind: 'unknown' };
}

function commandResult(message: tallyman.v1.CommandResult.$Properties): EventBody {
  const outcome = Object.entries(OUTCOMES).find(([, number]) => number === message.outcome)?.[0];
  const hash = optionalText(message.auditHead);
  return present({
    kind: 'command-result' as const,
    commandId: text(message.commandId),
    outcome: word(['done', 'failed', 'refused', 'expired'], outcome, 'outcome of a command'),
    message: text(message.message),
    detail: message.detail?.length ? message.detail : undefined,
    audit: hash === undefined ? undefined : { hash, sequence: integer(message.auditSequence) },
  });
}

function receipt(message: tallyman.v1.Receipt.$Properties): EventBody {
  const outcome = optionalText(message.outcome);
  return present({
    kind: 'receipt' as const,
    runId: text(message.runId),
    planId: text(message.planId),
    issuer: text(message.issuer),
    begunAt: integer(message.begunAt),
    endedAt: integer(message.endedAt) || undefined,
    outcome: outcome === undefined ? undefined : word(RECEIPT_OUTCOMES, outcome, 'outcome of a run'),
    reason: optionalText(message.reason),
    undoUntil: integer(message.undoUntil) || undefined,
    predictedBytes: integer(message.predictedBytes),
    measuredBytes: integer(message.measuredBytes),
    items: (message.items ?? []).map((item) =>
      present({
        imageId: text(item.imageId),
        names: item.names ?? [],
        status: word(RECEIPT_STATUSES, item.status, 'status of a receipt'),
        reason: optionalText(item.reason),
        why: text(item.why),
        predictedBytes: integer(item.predictedBytes),
        measuredBytes: integer(item.measuredBytes),
      }),
    ),
  });
}
