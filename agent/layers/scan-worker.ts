import { parentPort, workerData } from 'node:worker_threads';
import { passageOf } from '../../platform/gate.ts';
import { lowerThreadPriority } from '../../platform/priority.ts';
import { preferLittleMemory } from '../../platform/small-memory.ts';
import { catalogers } from '../catalogers/index.ts';
import type { AnswerMessage, JobMessage, StartedMessage, WorkerData } from './worker/messages.ts';
import { runJob } from './worker/run-job.ts';

/** Entry of the worker thread that `createLayerScanner` starts: answers jobs until it is ended. */
function serve({ gate, littleMemory }: WorkerData): void {
  if (littleMemory) preferLittleMemory();
  const passage = gate && passageOf(gate);
  if (gate !== undefined) {
    const started: StartedMessage = { kind: 'started', priority: lowerThreadPriority() };
    parentPort?.postMessage(started);
  }
  parentPort?.on('message', (job: JobMessage) => {
    // A rejection is a fault of ours: it ends the thread, and the job with it.
    void runJob(job, catalogers, passage).then(answerWith);
  });
}

function answerWith(answer: AnswerMessage): void {
  const index = answer.kind === 'done' ? answer.encodedIndex : undefined;
  parentPort?.postMessage(answer, index === undefined ? [] : [index.buffer]);
}

serve(workerData as WorkerData);
