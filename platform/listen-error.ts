import { formatHostPort, type HostPort } from './setting-values.ts';
import { errorMessage } from './error-message.ts';
import { systemCode } from './system-error.ts';

/** A server could not listen. The message is one line and says what to do. */
export class ListenError extends Error {
  readonly code: 'in-use' | 'denied' | 'no-such-address' | 'failed';

  constructor(code: ListenError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ListenError';
    this.code = code;
  }
}

/** `setting` is the one that names the address, such as `http-listen`. */
export function listenError(error: unknown, setting: string, address: HostPort): ListenError {
  const where = formatHostPort(address);
  switch (listenCode(error)) {
    case 'EADDRINUSE':
      return new ListenError(
        'in-use',
        `${where} is in use by another process; stop it or choose another ${setting}`,
        error,
      );
    case 'EACCES':
    case 'EPERM':
      return new ListenError(
        'denied',
        `not allowed to listen on ${where}; choose a port from 1024 for ${setting}`,
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ListenError(
        'no-such-address',
        `this host has no address ${address.host}; choose one of its own for ${setting}`,
        error,
      );
    default:
      return new ListenError(
        'failed',
        `cannot listen on ${where} (${setting}): ${errorMessage(error)}`,
        error,
      );
  }
}

/** The system's code for the failure; gRPC has it in its message alone. */
function listenCode(error: unknown): string {
  const said = /\b(?:EADDRINUSE|EACCES|EPERM|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN)\b/;
  return systemCode(error) ?? said.exec(errorMessage(error))?.[0] ?? '';
}
