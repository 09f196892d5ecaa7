import { open, type FileHandle } from 'node:fs/promises';

/**
 * Has commits on the disk without anyone else waiting for it: the write-ahead log is synced in a thread, once for all that
 * was committed before. That is what a commit with `synchronous = FULL` does, on the thread that all sessions share
 * (sqlite.org/pragma.html#pragma_synchronous).
 */
export class LogSync {
  readonly #path: string;
  #file: Promise<FileHandle> | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `path`: of the log. It exists once something was committed, and is the same file until the database is closed. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Fulfilled when all commits made before this call are on the disk. */
  done(): Promise<void> {
    // One that is under way may have begun before the last commit.
    if (this.#running !== undefined) return (this.#next ??= this.#after(this.#running));
    this.#running = this.#sync().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Fulfilled when those are that somebody waits for already. */
  async underWay(): Promise<void> {
    await (this.#next ?? this.#running);
  }

  /** Does not reject. */
  async close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    await file?.close().catch(() => undefined);
  }

  async #after(running: Promise<void>): Promise<void> {
    await running.catch(() => undefined);
    this.#next = undefined;
    await this.done();
  }

  async #sync(): Promise<void> {
    this.#file ??= open(this.#path, 'r');
    const file = await this.#file.catch((error: unknown) => {
      this.#file = undefined;
      throw error;
    });
    await file.datasync();
  }
}
