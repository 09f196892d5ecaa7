import type { Limits } from '../../proto/codec/limits.ts';
import type { Request } from '../../proto/codec/session.ts';

/** What the parts of a session share: a way to send, the bounds agreed on, and its end. */
export interface Wire {
  /** Resolves when the transport took the message. Rejects with an UplinkError when it cannot, or the session is over. */
  send(message: Request): Promise<void>;
  readonly limits: Limits;
  /** Longest wait for an answer, ms. */
  readonly responseMs: number;
  /** How long to let the collector rest between two exchanges of state, ms: it is slow, and the latest state is enough. */
  restMs(): number;
  /** Fires when the session is over. */
  readonly signal: AbortSignal;
}
