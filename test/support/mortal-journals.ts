import type { JournalFile } from '../../agent/cleanup/journal/journal-file.ts';
import { Journals } from '../../agent/cleanup/journal/journals.ts';

/** Journals of a process that may be killed before or after any record is on disk: `tick` is called then, and may throw; it is told when. */
export class MortalJournals extends Journals {
  readonly #tick: (moment: string) => void;

  constructor(folder: string, tick: (moment: string) => void) {
    super(folder);
    this.#tick = tick;
  }

  override open(runId: string): JournalFile {
    const file = super.open(runId);
    const append = file.append.bind(file);
    file.append = (record) => {
      this.#tick(`before record ${record.kind}`);
      append(record);
      this.#tick(`after record ${record.kind}`);
    };
    return file;
  }
}
