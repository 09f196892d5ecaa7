const WIDTH = 24;
const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressOptions {
  /** Says nothing where no terminal is. */
  readonly terminalOnly?: boolean;
  /** Standard error when absent. */
  readonly stream?: NodeJS.WriteStream;
}

/** Shows how far something long has come, on a terminal; elsewhere a line for each step, so that logs stay readable. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #terminalOnly: boolean;
  #last = '';

  constructor({ terminalOnly = false, stream = process.stderr }: ProgressOptions = {}) {
    this.#stream = stream;
    this.#terminalOnly = terminalOnly;
  }

  /** `done` of `total`, when known. */
  show(text: string, done?: number, total?: number): void {
    if (this.#stream.isTTY) {
      const room = Math.max(20, (this.#stream.columns ?? 80) - 1);
      this.#stream.write(CLEAR_LINE + `${bar(done, total)}${text}`.slice(0, room));
      return;
    }
    if (this.#terminalOnly) return;
    if (text !== this.#last) this.#stream.write(`${text}\n`);
    this.#last = text;
  }

  /** Leaves the terminal's line empty. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write(CLEAR_LINE);
  }
}

function bar(done: number | undefined, total: number | undefined): string {
  if (done === undefined || total === undefined || total === 0) return '';
  const filled = Math.round((WIDTH * Math.min(done, total)) / total);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${done}/${total} `;
}
