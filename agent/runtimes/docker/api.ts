import { Agent } from 'node:http';
import type { DockerOptions } from 'dockerode';
import * as v from 'valibot';
import { RuntimeError } from '../runtime.ts';
import {
  containerDetails,
  containerSummary,
  engineInfo,
  imageDetails,
  imageSummary,
  type ContainerDetails,
  type ContainerSummary,
  type EngineInfo,
  type ImageDetails,
  type ImageSummary,
} from './api-types.ts';
import { engineError } from './errors.ts';

/** The calls we make to the engine. Each fails with a `RuntimeError`, or with the signal's reason when that fires. */
export interface DockerApi {
  info(signal: AbortSignal): Promise<EngineInfo>;
  images(signal: AbortSignal): Promise<readonly ImageSummary[]>;
  containers(signal: AbortSignal): Promise<readonly ContainerSummary[]>;
  /** `undefined` when there is no such image (any more). */
  image(id: string, signal: AbortSignal): Promise<ImageDetails | undefined>;
  container(id: string, signal: AbortSignal): Promise<ContainerDetails | undefined>;
  /** The running engine's stream of JSON lines; the deadline covers only its opening. */
  events(
    filters: Readonly<Record<string, readonly string[]>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

interface DialOptions {
  readonly path: string;
  readonly method: 'GET';
  readonly options?: Readonly<Record<string, unknown>>;
  readonly abortSignal: AbortSignal;
  readonly isStream: boolean;
  readonly statusCodes: Readonly<Record<number, true | string>>;
}

/** Dockerode's transport. Its own methods take an abort signal only here and there, so we dial ourselves. */
interface Modem {
  dial(options: DialOptions, done: (error: unknown, answer: unknown) => void): void;
}

/** Speaks to the engine at a unix socket. Loads dockerode (15 MB) at the first call only. */
export function dockerApi(address: string, timeoutMs: number): DockerApi {
  // No connection is kept for reuse: after a restart of the engine it would be a dead one.
  const agent = new Agent({ keepAlive: false, maxSockets: 8 });
  let loading: Promise<Modem> | undefined;

  function modem(): Promise<Modem> {
    loading ??= connect(address, agent);
    return loading;
  }

  async function dial(request: Omit<DialOptions, 'method' | 'statusCodes'>): Promise<unknown> {
    const transport = await modem();
    return new Promise((resolve, reject) => {
      transport.dial(
        { method: 'GET', statusCodes: { 200: true, 404: 'not found' }, ...request },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  }

  async function get<Schema extends v.GenericSchema>(
    doing: string,
    path: string,
    schema: Schema,
    signal: AbortSignal,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<v.InferOutput<Schema>> {
    signal.throwIfAborted();
    const either = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const request = { path, abortSignal: either, isStream: false, ...(options && { options }) };
      const answer = v.safeParse(schema, await orAborted(dial(request), either));
      if (answer.success) return answer.output;
      throw new RuntimeError(
        'unsupported',
        `${doing}: Docker's answer is not understood: ${v.summarize(answer.issues)}`,
      );
    } catch (error) {
      signal.throwIfAborted();
      throw engineError(address, doing, error);
    }
  }

  async function events(filters: Readonly<Record<string, readonly string[]>>, signal: AbortSignal) {
    signal.throwIfAborted();
    const opening = new AbortController();
    const timer = setTimeout(
      () => opening.abort(new DOMException('the event stream did not open', 'TimeoutError')),
      timeoutMs,
    );
    const either = AbortSignal.any([signal, opening.signal]);
    try {
      const request = { path: '/events?', abortSignal: either, isStream: true, options: { filters } };
      return (await orAborted(dial(request), either)) as AsyncIterable<Uint8Array>;
    } catch (error) {
      signal.throwIfAborted();
      throw engineError(address, 'opening the event stream', error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    info: (signal) => get('asking for the engine', '/info', engineInfo, signal),
    images: (signal) => get('listing images', '/images/json?', v.array(imageSummary), signal, { all: true }),
    containers: (signal) =>
      get('listing containers', '/containers/json?', v.array(containerSummary), signal, { all: true }),
    image: (id, signal) =>
      orMissing(get(`reading image ${id}`, `/images/${encodeURIComponent(id)}/json`, imageDetails, signal)),
    container: (id, signal) =>
      orMissing(
        get(
          `reading container ${id}`,
          `/containers/${encodeURIComponent(id)}/json`,
          containerDetails,
          signal,
        ),
      ),
    events,
    close: () => agent.destroy(),
  };
}

async function connect(socketPath: string, agent: Agent): Promise<Modem> {
  const { default: Dockerode } = await import('dockerode');
  // An empty host, or DOCKER_HOST in our environment would win over the socket we were given.
  const options: DockerOptions & { readonly agent: Agent } = {
    socketPath,
    host: '',
    protocol: 'http',
    agent,
  };
  return new Dockerode(options).modem as Modem;
}

/** The transport never settles when the engine dies in the middle of an answer; the signal does. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'not-found') return undefined;
    throw error;
  }
}
