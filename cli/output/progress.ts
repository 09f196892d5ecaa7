const WIDTH = 24;
const CLEAR_LINE = '\r\u001b[2K';

/** Shows how far something long has come, on a terminal; elsewhere a line for each step, so that logs stay readable. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #last = '';

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** `done` of `total`, when known. */
  show(text: string, done?: number, total?: number): void {
    if (this.#stream.isTTY) {
      const room = Math.max(20, (this.#stream.columns ?? 80) - 1);
      this.#stream.write(CLEAR_LINE + `${bar(done, total)}${text}`.slice(0, room));
      return;
    }
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
