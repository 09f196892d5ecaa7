import * as v from 'valibot';
import { RuntimeError } from '../runtime.ts';
import {
  containerDetails,
  containerSummary,
  engineInfo,
  imageDetails,
  imageHistory,
  imageSummary,
  serviceSummary,
  type ContainerDetails,
  type ContainerSummary,
  type EngineInfo,
  type HistoryItem,
  type ImageDetails,
  type ImageSummary,
  type ServiceSummary,
} from './api-types.ts';
import { dockerTransport } from './transport.ts';

/** The calls we make to the engine. Each fails with a `RuntimeError`, or with the signal's reason when that fires. */
export interface DockerApi {
  info(signal: AbortSignal): Promise<EngineInfo>;
  images(signal: AbortSignal): Promise<readonly ImageSummary[]>;
  containers(signal: AbortSignal): Promise<readonly ContainerSummary[]>;
  /** Of the whole swarm; only its managers answer. */
  services(signal: AbortSignal): Promise<readonly ServiceSummary[]>;
  /** `undefined` when there is no such image (any more). */
  image(id: string, signal: AbortSignal): Promise<ImageDetails | undefined>;
  container(id: string, signal: AbortSignal): Promise<ContainerDetails | undefined>;
  /** Newest first. */
  history(id: string, signal: AbortSignal): Promise<readonly HistoryItem[] | undefined>;
  /** The running engine's stream of JSON lines; the deadline covers only its opening. */
  events(
    filters: Readonly<Record<string, readonly string[]>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  close(): void;
}

/** What is asked of the engine at a unix socket: reads only. */
export function dockerApi(address: string, timeoutMs: number): DockerApi {
  const transport = dockerTransport(address, timeoutMs);

  async function get<Schema extends v.GenericSchema>(
    doing: string,
    path: string,
    schema: Schema,
    signal: AbortSignal,
    options?: Readonly<Record<string, unknown>>,
  ): Promise<v.InferOutput<Schema>> {
    const request = { path, method: 'GET', ...(options && { options }) } as const;
    const answer = v.safeParse(schema, await transport.call(doing, request, signal));
    if (answer.success) return answer.output;
    throw new RuntimeError(
      'unsupported',
      `${doing}: Docker's answer is not understood: ${v.summarize(answer.issues)}`,
    );
  }

  async function events(filters: Readonly<Record<string, readonly string[]>>, signal: AbortSignal) {
    const request = { path: '/events?', method: 'GET', isStream: true, options: { filters } } as const;
    return (await transport.call('opening the event stream', request, signal)) as AsyncIterable<Uint8Array>;
  }

  return {
    info: (signal) => get('asking for the engine', '/info', engineInfo, signal),
    images: (signal) => get('listing images', '/images/json?', v.array(imageSummary), signal, { all: true }),
    containers: (signal) =>
      get('listing containers', '/containers/json?', v.array(containerSummary), signal, { all: true }),
    services: (signal) => get('listing services', '/services', v.array(serviceSummary), signal),
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
    history: (id, signal) =>
      orMissing(
        get(
          `reading the history of ${id}`,
          `/images/${encodeURIComponent(id)}/history`,
          imageHistory,
          signal,
        ),
      ),
    events,
    close: () => transport.close(),
  };
}

async function orMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'not-found') return undefined;
    throw error;
  }
}
