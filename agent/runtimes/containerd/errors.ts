import { status, type ServiceError } from '@grpc/grpc-js';
import { RuntimeError } from '../runtime.ts';

/** How grpc-js puts it when a call was cut off because the other side went away in the middle of it. */
const HUNG_UP = /ECONNRESET|EPIPE|RST_STREAM|Connection dropped|transport is closing|session|socket hang up/i;

/** Says what went wrong between us and containerd, and what the operator can do about it. */
export function engineError(address: string, path: string, cause: unknown): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  const doing = path.slice(path.lastIndexOf('.') + 1);
  if (!isServiceError(cause)) return failed(address, doing, String(cause), cause);
  const { code, details } = cause;
  if (code === status.UNAVAILABLE) return unavailable(address, doing, cause);
  // That we cancelled it ourselves is told apart before this is asked.
  if (code === status.CANCELLED || (code === status.INTERNAL && HUNG_UP.test(details))) {
    return hungUp(address, doing, cause);
  }
  if (code === status.DEADLINE_EXCEEDED) {
    return new RuntimeError(
      'unreachable',
      `containerd at ${address} did not answer ${doing} in time: look at its log, it may be overloaded or hung`,
      cause,
    );
  }
  if (code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED) {
    return new RuntimeError('denied', `containerd at ${address} refused ${doing}: ${details}`, cause);
  }
  if (code === status.UNIMPLEMENTED) {
    return new RuntimeError('unsupported', `containerd at ${address} does not know ${doing}`, cause);
  }
  if (code === status.NOT_FOUND) return new RuntimeError('not-found', `${doing}: ${details}`, cause);
  if (code === status.RESOURCE_EXHAUSTED) {
    const remedy =
      'if it is a message that is too large, raise max_send_message_size under [grpc] in its configuration';
    return failed(address, doing, `${details}; ${remedy}`, cause);
  }
  return failed(address, doing, details, cause);
}

/** Whether trying again needs a new connection. */
export function isDisconnected(cause: unknown): boolean {
  return isServiceError(cause) && (cause.code === status.UNAVAILABLE || HUNG_UP.test(cause.details));
}

export function hasCode(error: unknown, ...codes: readonly RuntimeError['code'][]): error is RuntimeError {
  return error instanceof RuntimeError && codes.includes(error.code);
}

/** What was to be made is there already. */
export function isAlreadyThere(error: unknown): boolean {
  return (
    error instanceof RuntimeError && isServiceError(error.cause) && error.cause.code === status.ALREADY_EXISTS
  );
}

function unavailable(address: string, doing: string, cause: ServiceError): RuntimeError {
  if (/EACCES|EPERM/.test(cause.details)) {
    return new RuntimeError(
      'denied',
      `no permission to use the containerd socket ${address}: run as root, or give the agent CAP_DAC_OVERRIDE`,
      cause,
    );
  }
  if (/ENOENT|ENOTDIR/.test(cause.details)) {
    return new RuntimeError(
      'unreachable',
      `there is no containerd socket at ${address}: install or start containerd, or name the right socket`,
      cause,
    );
  }
  if (/ECONNREFUSED/.test(cause.details)) {
    return new RuntimeError(
      'unreachable',
      `nothing answers at the containerd socket ${address}: start containerd ("systemctl start containerd" on most systems)`,
      cause,
    );
  }
  return hungUp(address, doing, cause);
}

function hungUp(address: string, doing: string, cause: ServiceError): RuntimeError {
  return new RuntimeError(
    'unreachable',
    `containerd at ${address} hung up during ${doing}: it has stopped or is restarting (${cause.details})`,
    cause,
  );
}

function failed(address: string, doing: string, why: string, cause: unknown): RuntimeError {
  return new RuntimeError('failed', `containerd at ${address} failed at ${doing}: ${why}`, cause);
}

function isServiceError(cause: unknown): cause is ServiceError {
  return cause instanceof Error && 'code' in cause && 'details' in cause && typeof cause.details === 'string';
}
