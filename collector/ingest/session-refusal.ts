import type { Refusal, RefusalWord } from '../../proto/codec/session.ts';

/** Ends a session: the agent is told why, and the security record keeps it. */
export class SessionRefusal extends Error implements Refusal {
  readonly reason: RefusalWord;
  readonly retryAfterMs?: number;

  constructor(reason: RefusalWord, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'SessionRefusal';
    this.reason = reason;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}
