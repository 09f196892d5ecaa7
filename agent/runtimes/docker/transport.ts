import type { Agent } from 'node:http';
import type { DockerOptions } from 'dockerode';
import { engineError } from './errors.ts';

export interface DockerRequest {
  /** With a question mark at its end if `options` are to be its query. */
  readonly path: string;
  readonly method: 'GET' | 'DELETE' | 'POST';
  readonly options?: Readonly<Record<string, unknown>>;
  readonly isStream?: boolean;
}

/** The engine's socket. A call fails with a `RuntimeError`, or with the signal's reason when that fires. */
export interface DockerTransport {
  /** The parsed answer, or the answer's stream: then the deadline covers only its opening. */
  call(doing: string, request: DockerRequest, signal: AbortSignal): Promise<unknown>;
  close(): void;
}

interface DialOptions extends DockerRequest {
  readonly abortSignal: AbortSignal;
  readonly isStream: boolean;
  readonly statusCodes: Readonly<Record<number, true | string>>;
}

/** Dockerode's transport. Its own methods take an abort signal only here and there, so we dial ourselves. */
interface Modem {
  dial(options: DialOptions, done: (error: unknown, answer: unknown) => void): void;
}

/** Speaks to the engine at a unix socket. Loads dockerode (15 MB) at the first call only. */
export function dockerTransport(address: string, timeoutMs: number): DockerTransport {
  // As in platform/metrics-server.ts: an `import` would load 4 MB more.
  const { Agent } = process.getBuiltinModule('node:http');
  // No connection is kept for reuse: after a restart of the engine it would be a dead one.
  const agent = new Agent({ keepAlive: false, maxSockets: 8 });
  let loading: Promise<Modem> | undefined;

  function modem(): Promise<Modem> {
    loading ??= connect(address, agent);
    return loading;
  }

  async function dial(request: DockerRequest, abortSignal: AbortSignal): Promise<unknown> {
    const transport = await modem();
    const statusCodes = { 200: true, 201: true, 404: 'not found', 409: 'conflict' } as const;
    return new Promise((resolve, reject) => {
      transport.dial({ isStream: false, ...request, abortSignal, statusCodes }, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  async function call(doing: string, request: DockerRequest, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new DOMException('no answer in time', 'TimeoutError')),
      timeoutMs,
    );
    const either = AbortSignal.any([signal, deadline.signal]);
    try {
      return await orAborted(dial(request, either), either);
    } catch (error) {
      signal.throwIfAborted();
      throw engineError(address, doing, error);
    } finally {
      clearTimeout(timer);
    }
  }

  return { call, close: () => agent.destroy() };
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
