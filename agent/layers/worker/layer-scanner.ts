import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { CatalogerFacts } from '../../../core/facts.ts';
import type { DiffId } from '../../../core/layer.ts';
import { createGate, type Gate } from '../../../platform/gate.ts';
import { startSharedThreads, type LowPriority } from '../../../platform/priority.ts';
import { preferLittleMemory, preferQuickStart } from '../../../platform/small-memory.ts';
import { LayerError } from '../layer-error.ts';
import { DEFAULT_LIMITS, type LayerLimits, type LayerProblem } from '../layer-source.ts';
import type { LayerLocation } from '../location.ts';
import { serveBlob } from './blob-port.ts';
import type { AnswerMessage, JobMessage, ScanMessage, StartedMessage, WorkerData } from './messages.ts';
import type { PackedFacts, PackedIndex, PackedLayer } from './pack.ts';

export interface ScanJob {
  readonly diffId: DiffId;
  readonly location: LayerLocation;
  /** Ids of the catalogers to run. */
  readonly catalogers: readonly string[];
  /** The encoded index of an earlier scan: only what these catalogers want is read, with no walk. */
  readonly storedIndex?: Uint8Array;
  /** True: a tar whose content is not that of its diff ID fails. Folders have no digest to check. */
  readonly verify?: boolean;
}

export interface ScanResult {
  /** See `decodeLayerIndex`. Absent when the job came with one. */
  readonly encodedIndex?: Uint8Array<ArrayBuffer>;
  readonly facts: readonly CatalogerFacts[];
  readonly problems: readonly LayerProblem[];
}

/** A scan whose result is to be kept. `storedIndex` is compressed, as it is kept. */
export interface PackedScanResult {
  /** Absent when the job came with one. */
  readonly index?: PackedIndex;
  readonly facts: readonly PackedFacts[];
  readonly problems: readonly LayerProblem[];
}

/** Reads and merges layers away from the main thread, one job after the other. */
export interface LayerScanner {
  /** Starts the thread for work that is about to come, so that it need not be waited for. */
  prepare(): void;
  /**
   * Waits its turn. Throws a LayerError when the layer fails as a whole, `worker` when it brought its thread down;
   * the signal's reason when it aborts.
   */
  scan(job: ScanJob, signal?: AbortSignal): Promise<ScanResult>;
  /** The same, for a result that is to be kept: it comes as it is kept, and so does the stored index of the job. */
  scanPacked(job: ScanJob, signal?: AbortSignal): Promise<PackedScanResult>;
  /**
   * Merges an image's layers, base first. Gives the composition as it is kept: JSON, compressed. Throws a LayerError:
   * `malformed` when what was kept of a layer is damaged, `limit` when there is more than can be merged.
   */
  compose(layers: readonly PackedLayer[], signal?: AbortSignal): Promise<Uint8Array>;
  /** Ends the thread; jobs under way or waiting fail. */
  close(): Promise<void>;
}

export interface ScannerOptions {
  readonly limits?: LayerLimits;
  /** How long the thread is kept with nothing to do, in ms. */
  readonly idleMilliseconds?: number;
  /** JavaScript heap of the thread; a layer that needs more fails. */
  readonly heapMebibytes?: number;
  /** The thread has low priority and stops while this is shut; that time does not count against the limits. */
  readonly gate?: Gate;
  /** The process prefers little memory (see `preferLittleMemory`): it does not while the thread starts. */
  readonly littleMemory?: boolean;
  /** Called when the thread was ended because there was nothing to do. */
  readonly onIdle?: () => void;
  /** Called when a thread of low priority starts. */
  readonly onLowPriority?: (priority: LowPriority) => void;
}

/** Scans that may wait; further ones are refused, for whoever asks should be pacing itself. */
const MAX_WAITING = 256;
/** What was just made; more of it only fills up before it is looked through. */
const YOUNG_MEBIBYTES = 3;
/** Beyond a layer's time, for a cataloger that does not come back. */
const GRACE_MILLISECONDS = 15_000;

/** Nothing is started before the first scan. */
export function createLayerScanner(options: ScannerOptions = {}): LayerScanner {
  const {
    limits = DEFAULT_LIMITS,
    idleMilliseconds = 20_000,
    heapMebibytes = 96,
    littleMemory = false,
    onLowPriority,
    onIdle,
  } = options;
  const gate = options.gate ?? createGate();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const closed = new AbortController();

  function start(): Worker {
    clearTimeout(idle);
    if (worker !== undefined) return worker;
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    if (options.gate !== undefined) startSharedThreads();
    const workerData: WorkerData = { littleMemory, ...(options.gate && { gate: options.gate.shared }) };
    // The thread says otherwise when it runs; see below for one that does not come so far.
    if (littleMemory) preferQuickStart();
    const started = new Worker(new URL(`../scan-worker${extension}`, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: heapMebibytes, maxYoungGenerationSizeMb: YOUNG_MEBIBYTES },
      execArgv: [],
      env: {},
      workerData,
    });
    // What goes wrong between jobs has no one to be told; the next job gets another thread.
    started.on('error', () => undefined);
    started.on('message', (message: AnswerMessage | StartedMessage) => {
      if (message.kind === 'started') onLowPriority?.(message.priority);
    });
    started.on('exit', () => {
      if (littleMemory) preferLittleMemory();
      if (worker === started) worker = undefined;
    });
    worker = started;
    return started;
  }

  function endWhenIdle(): void {
    worker?.unref();
    idle = setTimeout(() => void stop().then(onIdle), idleMilliseconds).unref();
  }

  async function stop(): Promise<void> {
    clearTimeout(idle);
    const stopped = worker;
    worker = undefined;
    await stopped?.terminate();
  }

  async function run(make: () => Job, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const { signal: deadline, clear } = gate.timeout(limits.milliseconds + GRACE_MILLISECONDS);
    const ending = AbortSignal.any([signal, deadline]);
    const thread = start();
    thread.ref();
    try {
      return await ask(thread, make(), ending);
    } catch (error) {
      // An answer leaves the thread fit for the next job; anything else does not.
      const isAnswer = error instanceof LayerError && error.code !== 'worker' && !ending.aborted;
      if (!isAnswer) await stop();
      if (deadline.aborted && !signal.aborted) {
        throw new LayerError('limit', `the layer took longer than ${limits.milliseconds} ms`, {
          cause: error,
        });
      }
      throw error;
    } finally {
      clear();
      endWhenIdle();
    }
  }

  async function inTurn(make: () => Job, signal: AbortSignal | undefined): Promise<Answer> {
    if (waiting >= MAX_WAITING)
      throw new LayerError('limit', `more than ${MAX_WAITING} layers wait to be read`);
    waiting++;
    const either = signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);
    const result = turn.then(() => run(make, either));
    turn = result.catch(() => undefined);
    return result.finally(() => waiting--);
  }

  return {
    prepare() {
      if (waiting > 0 || closed.signal.aborted) return;
      start();
      endWhenIdle();
    },
    async scan(job, signal) {
      const answer = await inTurn(() => scanOf(job, 'plain', limits), signal);
      if (answer.kind !== 'done') throw unexpected(answer);
      const { encodedIndex, facts, problems } = answer;
      return { ...(encodedIndex !== undefined && { encodedIndex }), facts, problems };
    },
    async scanPacked(job, signal) {
      const answer = await inTurn(() => scanOf(job, 'packed', limits), signal);
      if (answer.kind !== 'packed') throw unexpected(answer);
      const { index, facts, problems } = answer;
      return { ...(index !== undefined && { index }), facts, problems };
    },
    async compose(layers, signal) {
      const message = { kind: 'compose', layers } as const;
      const answer = await inTurn(() => ({ message, ports: [], close: () => undefined }), signal);
      if (answer.kind !== 'composed') throw unexpected(answer);
      return answer.compressed;
    },
    async close() {
      closed.abort(new LayerError('worker', 'the scanner was closed'));
      await turn;
      await stop();
    },
  };
}

interface Job {
  readonly message: JobMessage;
  /** Handed over with the message. */
  readonly ports: readonly MessagePort[];
  readonly close: () => void;
}

type Answer = Exclude<AnswerMessage, { kind: 'failed' }>;

/** Sends a job to the thread and waits for its answer, its end, or the signal. */
async function ask(thread: Worker, job: Job, signal: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<AnswerMessage>();
  const onError = (error: Error): void => reject(crashed(error));
  const onMessage = (message: AnswerMessage | StartedMessage): void => {
    if (message.kind !== 'started') resolve(message);
  };
  const onExit = (code: number): void => reject(crashed(new Error(`exit ${code}`)));
  const onAbort = (): void => reject(signal.reason);
  thread.on('message', onMessage).once('error', onError).once('exit', onExit);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    thread.postMessage(job.message, job.ports);
    const answer = await promise;
    if (answer.kind === 'failed') throw new LayerError(answer.code, answer.message);
    return answer;
  } finally {
    thread.off('message', onMessage).off('error', onError).off('exit', onExit);
    signal.removeEventListener('abort', onAbort);
    job.close();
  }
}

function scanOf(job: ScanJob, answer: ScanMessage['answer'], limits: LayerLimits): Job {
  const { diffId, location, catalogers, storedIndex, verify = false } = job;
  const stored = storedIndex && { storedIndex, isCompressed: answer === 'packed' };
  const rest = { kind: 'scan' as const, answer, diffId, catalogers, ...stored, verify, limits };
  if (location.kind !== 'blob') return { message: { ...rest, location }, ports: [], close: () => undefined };
  const { port1, port2 } = new MessageChannel();
  serveBlob(port1, () => location.open());
  const message = { ...rest, location: { kind: 'port' as const, port: port2 } };
  return { message, ports: [port2], close: () => port1.close() };
}

function unexpected({ kind }: Answer): LayerError {
  return new LayerError('worker', `the thread answered with ${kind}, which was not asked for`);
}

function crashed(error: Error): LayerError {
  const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  const reason = isMemory ? 'it needs more memory than a layer may' : error.message;
  return new LayerError('worker', `the thread that read the layer ended: ${reason}`, { cause: error });
}
