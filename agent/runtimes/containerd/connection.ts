import { Client, credentials, Metadata, type CallOptions as GrpcCallOptions } from '@grpc/grpc-js';
import { engineError, isDisconnected } from './errors.ts';
import type { Method } from './methods.ts';

/** No answer is larger. containerd itself sends at most 16 MiB unless configured otherwise. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface CallContext {
  /** Absent for what must not be left half done: then only the deadline ends it. */
  readonly signal?: AbortSignal;
  /** Absent for what is not namespaced. */
  readonly namespace?: string;
  /** Lease that what the call makes belongs to. */
  readonly lease?: string;
  /** `none` only for what lasts: a subscription. */
  readonly timeoutMs?: number | 'none';
}

/**
 * Calls to one containerd. Fails with `RuntimeError`, or with the signal's reason when that fired.
 * A daemon that went away and came back is found again by the next call.
 */
export interface Connection {
  readonly address: string;
  call<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    context: CallContext,
  ): Promise<Response>;
  /** Messages are taken off the wire no faster than they are consumed. */
  stream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    context: CallContext,
  ): AsyncGenerator<Response, void, void>;
  close(): void;
}

export interface ConnectionOptions {
  /** Hears the path of every call that is made. */
  readonly onCall?: ((path: string) => void) | undefined;
  /** How long a call may take that does not say itself. */
  readonly timeoutMs?: number | undefined;
}

export function connect(address: string, options: ConnectionOptions): Connection {
  const { onCall = () => undefined, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  let current: Client | undefined;

  function client(): Client {
    current ??= new Client(`unix:${address}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
    });
    return current;
  }

  /** Drops a broken connection, so that the next call connects at once instead of after grpc-js's back-off. */
  function failure(used: Client, path: string, signal: AbortSignal | undefined, cause: unknown): unknown {
    if (isDisconnected(cause) && current === used) {
      current = undefined;
      used.close();
    }
    return signal?.aborted ? signal.reason : engineError(address, path, cause);
  }

  return {
    address,

    call({ path, encode, decode }, request, context) {
      context.signal?.throwIfAborted();
      onCall(path);
      const used = client();
      return new Promise((resolve, reject) => {
        const call = used.makeUnaryRequest(
          path,
          encode,
          decode,
          request,
          metadata(context),
          deadline(context.timeoutMs ?? timeoutMs),
          (error, response) => {
            context.signal?.removeEventListener('abort', cancel);
            if (error === null && response !== undefined) resolve(response);
            else reject(failure(used, path, context.signal, error));
          },
        );
        const cancel = () => call.cancel();
        context.signal?.addEventListener('abort', cancel, { once: true });
      });
    },

    async *stream({ path, encode, decode }, request, context) {
      context.signal?.throwIfAborted();
      onCall(path);
      const used = client();
      const call = used.makeServerStreamRequest(
        path,
        encode,
        decode,
        request,
        metadata(context),
        deadline(context.timeoutMs ?? timeoutMs),
      );
      const cancel = () => call.cancel();
      context.signal?.addEventListener('abort', cancel, { once: true });
      // The loop below hears of errors as well, but not of one that comes after it has ended.
      call.on('error', () => undefined);
      try {
        yield* call as AsyncIterable<Awaited<ReturnType<typeof decode>>>;
      } catch (error) {
        throw failure(used, path, context.signal, error);
      } finally {
        context.signal?.removeEventListener('abort', cancel);
        call.cancel();
      }
    },

    close() {
      current?.close();
      current = undefined;
    },
  };
}

/** Source: containerd's packages namespaces and leases (their gRPC headers). */
function metadata({ namespace, lease }: CallContext): Metadata {
  const headers = new Metadata();
  if (namespace !== undefined) headers.set('containerd-namespace', namespace);
  if (lease !== undefined) headers.set('containerd-lease', lease);
  return headers;
}

function deadline(timeoutMs: number | 'none'): GrpcCallOptions {
  return timeoutMs === 'none' ? {} : { deadline: Date.now() + timeoutMs };
}
