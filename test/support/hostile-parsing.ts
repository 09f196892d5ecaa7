import { parentPort, Worker } from 'node:worker_threads';
import { catalogers } from '../../agent/catalogers/index.ts';
import { hostileContents, hostileFile } from './hostile-contents.ts';
import { peakGrowth } from './peak-memory.ts';

/** Far more than any content takes on a busy machine; a reader that is stalled takes for ever. */
const MOST_MILLISECONDS = 60_000;
/** As `createLayerScanner` has it. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 };

export interface HostileParse {
  readonly cataloger: string;
  readonly path: string;
  /** A name from `hostileContents`. */
  readonly content: string;
}

export interface HostileOutcome {
  /** `content` was returned, an Error thrown, or the thread was no more. */
  readonly end: 'content' | 'error' | 'crash' | 'stall';
  /** The error's, or what `truncated` says. */
  readonly message: string;
  readonly peakGrowth: number;
}

/** Parses in a thread like that which layers are read in, so that what would stall or bring it down is an outcome. */
export interface HostileParser {
  parse(job: HostileParse): Promise<HostileOutcome>;
  close(): Promise<void>;
}

export function hostileParser(): HostileParser {
  let thread: Worker | undefined;

  async function outcome(job: HostileParse): Promise<Omit<HostileOutcome, 'peakGrowth'>> {
    const worker = (thread ??= new Worker(new URL(import.meta.url), { resourceLimits: HEAP }));
    const { promise, resolve } = Promise.withResolvers<Omit<HostileOutcome, 'peakGrowth'>>();
    const onError = (error: Error): void => resolve({ end: 'crash', message: error.message });
    const clock = setTimeout(() => resolve({ end: 'stall', message: '' }), MOST_MILLISECONDS);
    worker.once('message', resolve).once('error', onError).postMessage(job);
    const answer = await promise;
    clearTimeout(clock);
    worker.off('message', resolve).off('error', onError);
    if (answer.end === 'content' || answer.end === 'error') return answer;
    thread = undefined;
    await worker.terminate();
    return answer;
  }

  return {
    async parse(job) {
      let answer: Omit<HostileOutcome, 'peakGrowth'> = { end: 'crash', message: '' };
      const growth = await peakGrowth(async () => {
        answer = await outcome(job);
      });
      return { ...answer, peakGrowth: growth };
    },
    async close() {
      await thread?.terminate();
    },
  };
}

function answer({ cataloger, path, content }: HostileParse): Omit<HostileOutcome, 'peakGrowth'> {
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

parentPort?.on('message', (job: HostileParse) => parentPort?.postMessage(answer(job)));
