import { tallyman } from '../generated/tallyman.js';
import { decodeBounded } from './decode.ts';
import { text } from './fields.ts';
import { textWriter } from './text-writer.ts';
import { WireError } from './wire-error.ts';

const { SessionRequest, SessionResponse, RefusalReason } = tallyman.v1;

/** The method of `UplinkService` in proto/tallyman/v1/uplink.proto. */
export const SESSION_PATH = '/tallyman.v1.UplinkService/Session';
/** Raised when messages are added that an older side would not understand. */
export const PROTOCOL_MINOR = 2;
/** From here on a collector understands `CommandCredit`, and keeps to it. */
export const COMMAND_CREDIT_MINOR = 1;
/** From here on an agent understands `Queued`, and waits. */
export const QUEUED_MINOR = 2;

/** A full message of the smallest things there are stays below. */
const MAX_FIELDS = 200_000;

/** What an agent says. */
export type Request = tallyman.v1.SessionRequest.$Properties;
/** What the collector says. */
export type Response = tallyman.v1.SessionResponse.$Properties;

export type DecodedRequest = ReturnType<typeof SessionRequest.decode>;
export type DecodedResponse = ReturnType<typeof SessionResponse.decode>;

export function encodeRequest(message: Request): Uint8Array {
  return SessionRequest.encode(message, textWriter()).finish();
}

export function encodeResponse(message: Response): Uint8Array {
  return SessionResponse.encode(message, textWriter()).finish();
}

/** Throws a WireError: not the message, or one of a later minor version that was not agreed on. */
export function decodeRequest(bytes: Uint8Array): DecodedRequest {
  const message = decodeBounded(SessionRequest, bytes, MAX_FIELDS);
  if (message.message === undefined) throw new WireError('unknown-word', 'a message of no known kind');
  return message;
}

/** As `decodeRequest`. */
export function decodeResponse(bytes: Uint8Array): DecodedResponse {
  const message = decodeBounded(SessionResponse, bytes, MAX_FIELDS);
  if (message.message === undefined) throw new WireError('unknown-word', 'a message of no known kind');
  return message;
}

const REASONS = {
  'wrong-node': RefusalReason.REFUSAL_REASON_WRONG_NODE,
  protocol: RefusalReason.REFUSAL_REASON_PROTOCOL,
  overloaded: RefusalReason.REFUSAL_REASON_OVERLOADED,
  duplicate: RefusalReason.REFUSAL_REASON_DUPLICATE,
  limit: RefusalReason.REFUSAL_REASON_LIMIT,
} as const;

/** Why a session will not be. */
export type RefusalWord = keyof typeof REASONS;

/** The session will not be, or not go on. Retrying unchanged is useless unless `retryAfterMs` is set. */
export interface Refusal {
  readonly reason: RefusalWord | 'unknown';
  /** A sentence for the operator. */
  readonly message: string;
  readonly retryAfterMs?: number;
}

export function encodeRefusal(refusal: Refusal & { readonly reason: RefusalWord }): Response {
  const { reason, message, retryAfterMs = 0 } = refusal;
  return { refusal: { reason: REASONS[reason], message, retryAfterMs } };
}

export function refusalOf(message: tallyman.v1.Refusal.$Properties): Refusal {
  const reason = Object.entries(REASONS).find(([, number]) => number === message.reason)?.[0];
  const known = isRefusalWord(reason) ? reason : 'unknown';
  const base = { reason: known, message: text(message.message) } as const;
  return message.retryAfterMs ? { ...base, retryAfterMs: message.retryAfterMs } : base;
}

function isRefusalWord(word: string | undefined): word is RefusalWord {
  return word !== undefined && Object.hasOwn(REASONS, word);
}
