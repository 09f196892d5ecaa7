/** Tells when there was no session for so long that the node is on its own. Begins without one. */
export class Absence {
  readonly #afterMs: number;
  #alone = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
    this.begin();
  }

  /** Fires when it has lasted too long; another one once there was a session again. */
  get signal(): AbortSignal {
    return this.#alone.signal;
  }

  /** There is no session, and perhaps was none before. */
  begin(): void {
    this.#timer ??= setTimeout(() => this.#alone.abort(), this.#afterMs).unref();
  }

  /** There is none yet, but there will be. */
  postpone(): void {
    this.end();
    this.begin();
  }

  /** There is a session. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#alone.signal.aborted) this.#alone = new AbortController();
  }
}
