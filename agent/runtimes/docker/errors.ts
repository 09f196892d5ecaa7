import { RuntimeError } from '../runtime.ts';

interface EngineFailure {
  /** From the operating system, such as `ECONNREFUSED`. */
  readonly code?: unknown;
  /** From the engine's HTTP answer. */
  readonly statusCode?: unknown;
  readonly message?: unknown;
  readonly name?: unknown;
}

/** Says what went wrong at the engine's socket, and what the operator can do about it. */
export function engineError(address: string, doing: string, cause: unknown): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  const failure: EngineFailure = typeof cause === 'object' && cause !== null ? cause : {};
  switch (failure.code) {
    case 'EACCES':
    case 'EPERM':
      return new RuntimeError(
        'denied',
        `no permission to use the Docker socket ${address}: run as root, or add this user to the group that owns the socket (usually "docker")`,
        cause,
      );
    case 'ENOENT':
      return new RuntimeError(
        'unreachable',
        `there is no Docker socket at ${address}: install or start Docker, or name the right socket`,
        cause,
      );
    case 'ECONNREFUSED':
      return new RuntimeError(
        'unreachable',
        `nothing answers at the Docker socket ${address}: start Docker ("systemctl start docker" on most systems)`,
        cause,
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return new RuntimeError(
        'unreachable',
        `Docker at ${address} hung up while ${doing}: it has stopped or is restarting`,
        cause,
      );
  }
  if (failure.name === 'TimeoutError') {
    return new RuntimeError(
      'unreachable',
      `Docker at ${address} did not answer in time while ${doing}: look at its log, it may be overloaded or hung`,
      cause,
    );
  }
  const message = typeof failure.message === 'string' ? failure.message.trim() : String(cause);
  if (failure.statusCode === 404) return new RuntimeError('not-found', `${doing}: ${message}`, cause);
  return new RuntimeError('failed', `Docker at ${address} failed while ${doing}: ${message}`, cause);
}

/** The engine's own answer behind an error: HTTP status and sentence; undefined when it gave none. */
export function engineAnswer(
  error: unknown,
): { readonly status: number; readonly message: string } | undefined {
  const cause = error instanceof RuntimeError ? error.cause : error;
  if (typeof cause !== 'object' || cause === null) return undefined;
  const { statusCode, json, message }: EngineFailure & { readonly json?: unknown } = cause;
  if (typeof statusCode !== 'number') return undefined;
  const sentence = typeof json === 'object' && json !== null && 'message' in json ? json.message : message;
  return { status: statusCode, message: typeof sentence === 'string' ? sentence.trim() : '' };
}
