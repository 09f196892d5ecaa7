import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CleanupError } from '../cleanup-error.ts';
import { JournalFile, readJournal } from './journal-file.ts';
import { graceEnds, isUnfinished, runState, type RunState } from './run-state.ts';
import { isMissing } from '../../../platform/system-error.ts';

const SUFFIX = '.jsonl';
/** IDs begin with the time, so that names are in order. */
const RUN_ID = /^[0-9A-Za-z-]{1,64}$/;

/** The journals of all runs that are remembered, a file each, in one folder. */
export class Journals {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Throws a CleanupError. */
  open(runId: string): JournalFile {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new CleanupError(
        'journal',
        `the folder for cleanup journals cannot be made: ${String(error)}`,
        error,
      );
    }
    return new JournalFile(this.#path(runId));
  }

  /** A run as its journal tells it; undefined when there is none. */
  run(runId: string): RunState | undefined {
    if (!RUN_ID.test(runId) || !this.#ids().includes(runId)) return undefined;
    return runState(readJournal(this.#path(runId)));
  }

  /** All runs, the latest first. */
  runs(): RunState[] {
    const runs = this.#ids().map((runId) => runState(readJournal(this.#path(runId))));
    return runs.filter((run) => run !== undefined).toReversed();
  }

  /** The run that a command ordered; undefined when none did. */
  runOf(commandId: string): RunState | undefined {
    return this.runs().find((run) => run.commandId === commandId);
  }

  /** Runs that were cut off: no end is known, of themselves or of what was done later. */
  unfinished(): RunState[] {
    return this.runs().filter(isUnfinished);
  }

  /** Runs with images whose grace period is over. */
  due(now: number): RunState[] {
    return this.runs().filter((run) => (graceEnds(run) ?? Infinity) <= now);
  }

  /**
   * Forgets the oldest runs but so many, never one that is unfinished or that can still be undone; and files in which none
   * was begun, as each try on a full disk leaves one. The caller has the run lock.
   */
  forget(keep: number): void {
    for (const path of this.#ids().map((runId) => this.#path(runId))) {
      if (statSync(path).size === 0) rmSync(path, { force: true });
    }
    for (const run of this.runs().slice(keep)) {
      if (isUnfinished(run) || graceEnds(run) !== undefined) continue;
      rmSync(this.#path(run.runId), { force: true });
    }
  }

  #path(runId: string): string {
    if (!RUN_ID.test(runId)) throw new CleanupError('unknown', `"${runId}" is no receipt's ID`);
    return join(this.folder, runId + SUFFIX);
  }

  /** Oldest first. */
  #ids(): string[] {
    try {
      const names = readdirSync(this.folder).filter((name) => name.endsWith(SUFFIX));
      const ids = names.map((name) => name.slice(0, -SUFFIX.length));
      return ids.filter((id) => RUN_ID.test(id)).toSorted((a, b) => (a < b ? -1 : 1));
    } catch (error) {
      if (isMissing(error)) return [];
      throw new CleanupError(
        'journal',
        `the cleanup journals in ${this.folder} cannot be listed: ${String(error)}`,
        error,
      );
    }
  }
}
