import { AssertionError } from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { catalogers } from '../../agent/catalogers/index.ts';
import type { Cataloger } from '../../core/facts.ts';
import type { Sample } from './cataloger-samples.ts';
import {
  damagedAtRandom,
  damagedBytes,
  damagedWords,
  lyingNumbers,
  stretchedWords,
  type Damaged,
} from './hostile-damage.ts';
import { samplesOf } from './hostile-samples.ts';
import { assertSound, strictFile } from './hostile-soundness.ts';
import { bufferFile } from './layer-file.ts';
import { peakGrowth } from './peak-memory.ts';
import { watchedThread, type Watched } from './watched-thread.ts';

/** Far more than all damages of a sample take on a busy machine; a reader that is stalled takes for ever. */
const MOST_MILLISECONDS = 600_000;
/** Of the thread's own time, for one small file: what grows with the square of a million is far beyond it. */
const MOST_CPU_MILLISECONDS = 10_000;
const MOST_FAILURES = 5;
/** Files that are damaged at random in a short run; of one that is larger than these bytes fewer. */
const ROUNDS = 300;
const COMMON_BYTES = 8192;

export interface DamagingJob {
  readonly cataloger: string;
  /** Which of `samplesOf`. */
  readonly sample: number;
  /** See `Damaged`. */
  readonly effort: number;
  readonly seed: number;
}

export interface DamagingAnswer {
  readonly files: number;
  /** How many of them gave something at all, and how many errors. */
  readonly contents: number;
  readonly errors: number;
  /** What went wrong, the first few. */
  readonly failures: readonly string[];
}

export interface DamagingOutcome extends DamagingAnswer {
  readonly peakGrowth: number;
}

/** Damages real files in every way, and reads them in a thread like that which layers are read in. */
export interface Damager {
  damage(job: DamagingJob): Promise<DamagingOutcome>;
  close(): Promise<void>;
}

export function damager(): Damager {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const thread = watchedThread<DamagingJob, DamagingAnswer>(new URL(import.meta.url), progress);

  function answerOf(job: DamagingJob, outcome: Watched<DamagingAnswer>): DamagingAnswer {
    if (outcome.end === 'answer') return outcome.answer;
    const at = Atomics.load(progress, 0);
    const how = damagesOf(job).drop(at).next().value?.how ?? 'the end';
    const failures = [`${outcome.end} at ${how}: ${outcome.message}`];
    return { files: at, contents: 0, errors: 0, failures };
  }

  return {
    async damage(job) {
      let outcome: Watched<DamagingAnswer> = { end: 'crash', message: '' };
      const growth = await peakGrowth(async () => {
        outcome = await thread.run(job, MOST_MILLISECONDS);
      });
      return { ...answerOf(job, outcome), peakGrowth: growth };
    },
    close: () => thread.close(),
  };
}

function* damagesOf({ cataloger, sample, effort, seed }: DamagingJob): Generator<Damaged> {
  const bytes = bytesOf(sampleOf(cataloger, sample));
  yield* damagedBytes(bytes, effort);
  yield* lyingNumbers(bytes, effort);
  yield* damagedWords(bytes, effort);
  yield* stretchedWords(bytes, effort);
  const rounds = Math.ceil(ROUNDS * effort * Math.min(1, COMMON_BYTES / bytes.length));
  yield* damagedAtRandom(bytes, rounds, seed);
}

function sampleOf(cataloger: string, at: number): Sample {
  const sample = samplesOf(cataloger)[at];
  if (sample === undefined) throw new Error(`${cataloger} has no sample ${at}`);
  return sample;
}

function bytesOf([, content]: Sample): Uint8Array {
  return Uint8Array.from(typeof content === 'string' ? Buffer.from(content) : content);
}

function damageAll(job: DamagingJob, progress: Int32Array): DamagingAnswer {
  const cataloger = catalogers.find(({ id }) => id === job.cataloger);
  if (cataloger === undefined) throw new Error(`no ${job.cataloger}`);
  const sample = sampleOf(job.cataloger, job.sample);
  const before = read(cataloger, sample, bytesOf(sample)).text;
  const counts = { files: 0, contents: 0, errors: 0 };
  const failures: string[] = [];
  for (const { how, bytes } of damagesOf(job)) {
    Atomics.store(progress, 0, counts.files);
    counts.files += 1;
    const { end, text, cpuMilliseconds } = read(cataloger, sample, bytes);
    if (end === 'content') counts.contents += 1;
    if (end === 'error') counts.errors += 1;
    const slow = cpuMilliseconds > MOST_CPU_MILLISECONDS ? `took ${cpuMilliseconds} ms` : undefined;
    if ((end === 'failure' || slow !== undefined) && failures.length < MOST_FAILURES)
      failures.push(`${how}: ${slow ?? text}`);
  }
  // Nothing of what was read stays behind.
  const after = read(cataloger, sample, bytesOf(sample)).text;
  if (after !== before) failures.push(`the sample itself, in the end: ${after} in place of ${before}`);
  return { ...counts, failures };
}

interface Reading {
  readonly end: 'content' | 'error' | 'failure';
  readonly text: string;
  readonly cpuMilliseconds: number;
}

function read(cataloger: Cataloger, [path, , options]: Sample, bytes: Uint8Array): Reading {
  const start = process.threadCpuUsage();
  const reading = attempt(() => {
    const content = cataloger.parse(strictFile(bufferFile(path, bytes, options)));
    assertSound(content);
    return content;
  });
  const { user, system } = process.threadCpuUsage(start);
  return { ...reading, cpuMilliseconds: (user + system) / 1000 };
}

function attempt(parse: () => unknown): Omit<Reading, 'cpuMilliseconds'> {
  try {
    return { end: 'content', text: JSON.stringify(parse()).slice(0, 2000) };
  } catch (error) {
    // What no reader throws on purpose.
    const isFault = [AssertionError, RangeError, TypeError, ReferenceError, URIError].some(
      (kind) => error instanceof kind,
    );
    if (!(error instanceof Error)) return { end: 'failure', text: `threw ${String(error)}` };
    return isFault ? { end: 'failure', text: error.stack ?? '' } : { end: 'error', text: error.message };
  }
}

parentPort?.on('message', (job: DamagingJob) =>
  parentPort?.postMessage(damageAll(job, workerData as Int32Array)),
);
