import { Worker } from 'node:worker_threads';

/** As `createLayerScanner` has it. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 };

/** What became of a job: its answer, or that the thread ended, or that it did not come to an end. */
export type Watched<Answer> =
  | { readonly end: 'answer'; readonly answer: Answer }
  | { readonly end: 'crash' | 'stall'; readonly message: string };

/** A thread that does jobs one at a time, in as much memory as the one that reads layers. */
export interface WatchedThread<Job, Answer> {
  run(job: Job, milliseconds: number): Promise<Watched<Answer>>;
  close(): Promise<void>;
}

/** `url`: a module that answers each message with one. A thread that crashed or stalled is ended; the next job gets another. */
export function watchedThread<Job, Answer>(url: URL, workerData?: unknown): WatchedThread<Job, Answer> {
  let thread: Worker | undefined;
  return {
    async run(job, milliseconds) {
      const worker = (thread ??= new Worker(url, { resourceLimits: HEAP, workerData }));
      const { promise, resolve } = Promise.withResolvers<Watched<Answer>>();
      const onMessage = (answer: Answer): void => resolve({ end: 'answer', answer });
      const onError = (error: Error): void => resolve({ end: 'crash', message: error.message });
      const clock = setTimeout(() => resolve({ end: 'stall', message: '' }), milliseconds);
      worker.once('message', onMessage).once('error', onError).postMessage(job);
      const outcome = await promise;
      clearTimeout(clock);
      worker.off('message', onMessage).off('error', onError);
      if (outcome.end === 'answer') return outcome;
      thread = undefined;
      await worker.terminate();
      return outcome;
    },
    async close() {
      await thread?.terminate();
    },
  };
}
