import postgres from 'postgres';
import type { RowList, Row } from 'postgres';
import { withDeadline } from '../../../platform/deadline.ts';
import { StoreError } from '../store-error.ts';
import type { Client } from './connect.ts';
import { storable, type Value } from './values.ts';

/**
 * One connection to the server, made when it is first used. Once it broke or kept silent it is never used again: what was
 * begun on it, such as a transaction or a lock, must not go on over another that the client would make by itself.
 */
export class Connection {
  readonly #client: Client;
  readonly #answerMs: number;
  #isBroken = false;

  /** `open`: makes a client of one connection. `answerMs`: the longest that an answer may take. */
  constructor(open: (onClose: () => void) => Client, answerMs: number) {
    this.#answerMs = answerMs;
    this.#client = open(() => this.discard());
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Throws as the server or the client says, a DeadlineError, or a StoreError when the connection is gone already. */
  async ask(sql: string, values: readonly Value[] = []): Promise<RowList<Row[]>> {
    if (this.#isBroken)
      throw new StoreError(
        'unavailable',
        'PostgreSQL: the connection is lost; agents come back by themselves',
      );
    const bound = values.map((value) => (typeof value === 'string' ? storable(value) : value));
    try {
      const answer = this.#client.unsafe<Row[]>(sql, bound as never[], { prepare: true });
      return await withDeadline(answer, this.#answerMs, 'the database');
    } catch (error) {
      if (!isAnswer(error)) this.discard();
      throw error;
    }
  }

  /** Breaks off what is under way; the server ends its side, with whatever it held. */
  discard(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    // It rejects for nobody: the statements under way say what happened.
    this.#client.end({ timeout: 0 }).catch(() => undefined);
  }
}

/** The server refused a statement, and takes the next one. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof postgres.PostgresError)) return false;
  return error.severity !== 'FATAL' && error.severity !== 'PANIC';
}
