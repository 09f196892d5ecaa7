import { parentPort } from 'node:worker_threads';
import { catalogers } from '../catalogers/index.ts';
import type { AnswerMessage, JobMessage } from './worker/messages.ts';
import { runJob } from './worker/run-job.ts';

/** Entry of the worker thread that `createLayerScanner` starts: answers jobs until it is ended. */
function serve(): void {
  parentPort?.on('message', (job: JobMessage) => {
    // A rejection is a fault of ours: it ends the thread, and the job with it.
    void runJob(job, catalogers).then(answerWith);
  });
}

function answerWith(answer: AnswerMessage): void {
  const index = answer.kind === 'done' ? answer.encodedIndex : undefined;
  parentPort?.postMessage(answer, index === undefined ? [] : [index.buffer]);
}

serve();
