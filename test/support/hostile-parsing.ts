import { parentPort } from 'node:worker_threads';
import { catalogers } from '../../agent/catalogers/index.ts';
import { hostileContents, hostileFile } from './hostile-contents.ts';
import { peakGrowth } from './peak-memory.ts';
import { watchedThread, type Watched } from './watched-thread.ts';

/** Far more than any content takes on a busy machine; a reader that is stalled takes for ever. */
const MOST_MILLISECONDS = 300_000;

export interface HostileParse {
  readonly cataloger: string;
  readonly path: string;
  /** A name from `hostileContents`. */
  readonly content: string;
}

interface Answer {
  readonly end: 'content' | 'error';
  /** The error's, or what `truncated` says. */
  readonly message: string;
}

export interface HostileOutcome {
  /** `content` was returned, an Error thrown, or the thread was no more. */
  readonly end: Answer['end'] | 'crash' | 'stall';
  readonly message: string;
  readonly peakGrowth: number;
}

/** Parses in a thread like that which layers are read in, so that what would stall or bring it down is an outcome. */
export interface HostileParser {
  parse(job: HostileParse): Promise<HostileOutcome>;
  close(): Promise<void>;
}

export function hostileParser(): HostileParser {
  const thread = watchedThread<HostileParse, Answer>(new URL(import.meta.url));
  return {
    async parse(job) {
      let outcome: Watched<Answer> = { end: 'crash', message: '' };
      const growth = await peakGrowth(async () => {
        outcome = await thread.run(job, MOST_MILLISECONDS);
      });
      return { ...answerOf(outcome), peakGrowth: growth };
    },
    close: () => thread.close(),
  };
}

function answerOf(outcome: Watched<Answer>): Omit<HostileOutcome, 'peakGrowth'> {
  return outcome.end === 'answer' ? outcome.answer : outcome;
}

function parse({ cataloger, path, content }: HostileParse): Answer {
  const one = catalogers.find(({ id }) => id === cataloger);
  const bytes = hostileContents(cataloger).get(content);
  if (one === undefined || bytes === undefined) throw new Error(`no ${cataloger} or no ${content}`);
  try {
    return { end: 'content', message: one.parse(hostileFile(path, bytes)).truncated ?? '' };
  } catch (error) {
    if (error instanceof Error) return { end: 'error', message: error.message };
    throw error;
  }
}

parentPort?.on('message', (job: HostileParse) => parentPort?.postMessage(parse(job)));
