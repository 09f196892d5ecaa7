import { createHash, timingSafeEqual } from 'node:crypto';
import { ConfigError } from '../../platform/config-error.ts';
import { formatHostPort, type HostPort } from '../../platform/setting-values.ts';
import { isLoopback } from '../../platform/tls.ts';
import { ApiError } from './problem.ts';

/** Who may ask: everyone, or whoever shows the token. */
export interface Access {
  /** Undefined: no token is asked for. */
  readonly token?: string;
  /** The operator says that a network which reaches the address may read the whole inventory. */
  readonly open: boolean;
}

/** What is checked of a request, from its headers. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  /** The page that asks, as a browser says. */
  readonly origin: string | undefined;
  /** It may change something: not a GET. */
  readonly isWriting: boolean;
}

/** The fleet's inventory is a map for attackers: beyond loopback it takes a token, or an explicit word. Throws a ConfigError. */
export function checkListen(listen: HostPort, access: Access): void {
  if (isLoopback(listen.host) || access.token !== undefined || access.open) return;
  throw new ConfigError(
    'missing',
    `http-listen is ${formatHostPort(listen)}, which others can reach, and there is no api-token; set TALLYMAN_API_TOKEN or api-token-file, listen on 127.0.0.1, or allow it with --api-open`,
  );
}

/**
 * A check that throws an ApiError. Without a token on loopback, the host that the client names must be loopback too:
 * a page in a browser could otherwise reach it under a name of its own that resolves to 127.0.0.1 (DNS rebinding). Such a
 * page may write nothing either. Where everyone may read, nobody may write.
 */
export function createCheck(listen: HostPort, access: Access): (credentials: Credentials) => void {
  const { token } = access;
  if (token !== undefined) {
    const expected = digest(`Bearer ${token}`);
    return ({ authorization }) => {
      if (authorization !== undefined && timingSafeEqual(digest(authorization), expected)) return;
      throw new ApiError('denied', 'give the API token in the header "Authorization: Bearer …"');
    };
  }
  if (!isLoopback(listen.host)) return ({ isWriting }) => refuseWriting(isWriting, 'without a token');
  return ({ host, origin, isWriting }) => {
    if (host === undefined || !isLoopback(hostName(host)))
      throw new ApiError('misdirected', 'this address answers under localhost, 127.0.0.1 or [::1] alone');
    if (origin !== undefined && !isLoopback(originHost(origin))) refuseWriting(isWriting, `from ${origin}`);
  };
}

function refuseWriting(isWriting: boolean, how: string): void {
  if (isWriting) throw new ApiError('forbidden', `nothing can be ordered ${how}; set api-token and show it`);
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? hostName(new URL(origin).host) : '';
}

/** A header's host without port and brackets. */
function hostName(header: string): string {
  return header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

/** Digests have equal lengths, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
