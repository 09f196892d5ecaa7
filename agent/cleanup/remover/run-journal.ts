import type { JournalFile } from '../journal/journal-file.ts';
import type { JournalRecord } from '../journal/records.ts';

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never;

/** What a run does, written down before it is done and told to whoever watches. */
export interface RunJournal {
  /** On disk when it returns. Throws a CleanupError when it cannot be; then nothing of it may be done. */
  write(record: WithoutTime<JournalRecord>): void;
}

export function runJournal(
  file: JournalFile,
  now: () => number,
  told: (record: JournalRecord) => void,
): RunJournal {
  return {
    write(record) {
      const dated: JournalRecord = { at: now(), ...record };
      file.append(dated);
      told(dated);
    },
  };
}
