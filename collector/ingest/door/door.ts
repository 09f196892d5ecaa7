import { createServer as createNetServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls';
import { listenError } from '../../../platform/listen-error.ts';
import type { Logger } from '../../../platform/logging.ts';
import { peerIdentity } from '../../../platform/node-identity.ts';
import type { HostPort } from '../../../platform/setting-values.ts';
import type { TlsMaterial } from '../../../platform/tls.ts';
import type { DoorLimits } from './door-limits.ts';
import { GuestBook, type Guest } from './guest-book.ts';
import { listenEverywhere } from './listen-everywhere.ts';
import { sourceAddress } from './source-address.ts';
import { handshakeFault, type TurnedAway, type TurnedAwayWord } from './turned-away.ts';

/** How often handshakes are looked for that take too long. */
const LOOK_MS = 1000;
/** Handshakes begun in one turn of the event loop: each takes some milliseconds, which all sessions wait for. */
const AT_ONCE = 8;
/** Source: RFC 7301 and RFC 9113, section 3.2. */
const HTTP2 = 'h2';

export interface DoorTls {
  readonly material: TlsMaterial;
  /** Whether to let in only those with a certificate from the authority. */
  readonly asksForCertificate: boolean;
}

export interface DoorOptions {
  readonly limits: DoorLimits;
  /** Absent: plain text. */
  readonly tls?: DoorTls;
  /** Takes a connection over, whose handshake is done: what follows is HTTP/2. */
  readonly admit: (socket: Socket) => void;
  /** Must be quick, and not throw. */
  readonly onTurnedAway: (one: TurnedAway) => void;
  readonly logger: Logger;
}

/**
 * The listening socket, before anything is known of who is outside. gRPC's own would do the same handshakes, but tells
 * nobody of those that fail, and lets everyone in.
 */
export interface Door {
  /** Listens, on any free port for 0. `setting` names the address in the ListenError that may come. */
  open(listen: HostPort, setting: string): Promise<number>;
  /** New connections see these certificates; those that are there go on. */
  renew(material: TlsMaterial): void;
  /** How many there are, handshakes among them. */
  count(): { readonly connections: number; readonly handshakes: number };
  /** Lets nobody in any more, and breaks handshakes off. Those inside stay. */
  close(): void;
}

export function createDoor(options: DoorOptions): Door {
  return new CountingDoor(options);
}

interface Caller extends Guest {
  readonly socket: Socket;
  /** Of the other end. */
  readonly place: string;
  /** What became of it. */
  outcome: 'admitted' | TurnedAwayWord | undefined;
}

class CountingDoor implements Door {
  readonly #options: DoorOptions;
  readonly #book: GuestBook<Caller>;
  readonly #tls: TlsServer | undefined;
  /** In their handshakes, by where they are: also the socket that TLS is spoken over knows that. */
  readonly #callers = new Map<string, Caller>();
  /** Those of them that wait for their handshake to begin. */
  readonly #line: Socket[] = [];
  #servers: readonly Server[] = [];
  #looking: NodeJS.Timeout | undefined;
  /** Node tells of a certificate that it did not accept while the connection closes, when that has no address any more. */
  #leaving: Caller | undefined;
  #isClosed = false;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#book = new GuestBook(options.limits);
    this.#tls = options.tls && this.#tlsServer(options.tls);
  }

  async open(listen: HostPort, setting: string): Promise<number> {
    try {
      const { servers, port } = await listenEverywhere(listen, () =>
        createNetServer((socket) => this.#knock(socket)),
      );
      this.#servers = servers;
      for (const server of servers)
        server.on('error', (error) =>
          this.#options.logger.error({ err: error }, 'a connection could not be taken'),
        );
      this.#looking = setInterval(() => this.#look(), LOOK_MS).unref();
      return port;
    } catch (error) {
      throw listenError(error, setting, listen);
    }
  }

  renew(material: TlsMaterial): void {
    this.#tls?.setSecureContext(contextOf(material));
  }

  count(): ReturnType<Door['count']> {
    const { connections, handshakes } = this.#book;
    return { connections, handshakes };
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#looking);
    for (const server of this.#servers) server.close();
    for (const { socket } of this.#callers.values()) socket.destroy();
  }

  #tlsServer({ material, asksForCertificate }: DoorTls): TlsServer {
    const server = createTlsServer({
      ...contextOf(material),
      requestCert: asksForCertificate,
      rejectUnauthorized: asksForCertificate,
      // Not `ALPNProtocols`: of those Node keeps a copy for each connection, and with it all of a 64 KiB buffer.
      ALPNCallback: ({ protocols }) => (protocols.includes(HTTP2) ? HTTP2 : undefined),
    });
    server.on('secureConnection', (socket) => this.#secured(socket));
    server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
    return server;
  }

  /** Somebody connected. */
  #knock(socket: Socket): void {
    socket.on('error', ignore);
    const { remoteAddress } = socket;
    // Gone already; or from one port to two of our addresses at once, which cannot be told apart.
    if (remoteAddress === undefined || this.#callers.has(placeOf(socket))) {
      socket.destroy();
      return;
    }
    const caller: Caller = {
      place: placeOf(socket),
      address: sourceAddress(remoteAddress),
      since: performance.now(),
      socket,
      outcome: undefined,
    };
    const arrival = this.#book.arrive(caller);
    if (arrival.kind === 'out') {
      this.#turnAway(caller, arrival.why);
      return;
    }
    if (arrival.instead !== undefined) this.#turnAway(arrival.instead.guest, arrival.instead.why);
    socket.on('close', () => this.#gone(caller));
    if (this.#tls === undefined) {
      this.#settle(socket, caller, caller.address);
      return;
    }
    this.#callers.set(caller.place, caller);
    socket.once('readable', () => this.#greet(socket));
  }

  /**
   * It said something, and stands in line for its handshake; or goes. TLS that is given the first bytes keeps a buffer as large as these for all that comes
   * later; one that reads them itself keeps 64 KiB, half of what an idle connection takes.
   * Source: Node's crypto_bio.cc, `TryAllocateForWrite`, and libuv's stream.c, `uv__read`.
   */
  #greet(socket: Socket): void {
    if (socket.readableLength === 0) {
      socket.destroy();
      return;
    }
    this.#line.push(socket);
    if (this.#line.length === 1) setImmediate(() => this.#beginSome());
  }

  /** Begins a few handshakes, and then lets everything else have its turn: a fleet that comes at once has thousands. */
  #beginSome(): void {
    for (const socket of this.#line.splice(0, AT_ONCE))
      if (!socket.destroyed) this.#tls?.emit('connection', socket);
    if (this.#line.length > 0) setImmediate(() => this.#beginSome());
  }

  /** The handshake is done, and so is the certificate's check. */
  #secured(socket: TLSSocket): void {
    const caller = this.#callers.get(placeOf(socket));
    socket.on('error', ignore);
    if (caller === undefined || caller.outcome !== undefined) {
      socket.destroy();
      return;
    }
    this.#callers.delete(caller.place);
    if (socket.alpnProtocol !== HTTP2) {
      this.#turnAway(caller, 'protocol');
      return;
    }
    if (this.#options.tls?.asksForCertificate !== true) {
      this.#settle(socket, caller, caller.address);
      return;
    }
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) {
      this.#turnAway(caller, 'no-certificate');
      return;
    }
    let node: string | undefined;
    try {
      node = peerIdentity(certificate.raw)?.node;
    } catch {
      this.#turnAway(caller, 'bad-certificate');
      return;
    }
    // One that names no node is refused in words, once it says something.
    this.#settle(socket, caller, node ?? certificate.fingerprint256, node);
  }

  #settle(socket: Socket, caller: Caller, holder: string, node?: string): void {
    if (!this.#book.settle(caller, holder)) {
      this.#turnAway(caller, 'too-many-of-holder', node);
      return;
    }
    caller.outcome = 'admitted';
    this.#options.admit(socket);
  }

  #failed(error: Error, socket: TLSSocket): void {
    // Typed as an error, it is the code of one.
    const fault: unknown = socket.authorizationError;
    const verification = typeof fault === 'string' ? fault : undefined;
    const why = handshakeFault(error, verification);
    const caller =
      this.#callers.get(placeOf(socket)) ?? (verification === undefined ? undefined : this.#leaving);
    if (caller !== undefined && why !== 'broken-off') this.#turnAway(caller, why);
  }

  #gone(caller: Caller): void {
    if (this.#callers.get(caller.place) === caller) this.#callers.delete(caller.place);
    this.#book.leave(caller);
    if (caller.outcome !== undefined) return;
    this.#leaving = caller;
    queueMicrotask(() => {
      if (this.#leaving === caller) this.#leaving = undefined;
      // Who says nothing at all looks whether we are there, as balancers do.
      if (caller.socket.bytesRead > 0) this.#turnAway(caller, 'broken-off');
    });
  }

  #look(): void {
    for (const caller of this.#book.overdue(performance.now() - this.#options.limits.handshakeMs))
      this.#turnAway(caller, 'too-slow');
  }

  #turnAway(caller: Caller, why: TurnedAwayWord, node?: string): void {
    if (caller.outcome !== undefined) return;
    caller.outcome = why;
    this.#book.leave(caller);
    const { address, socket } = caller;
    socket.destroy();
    if (!this.#isClosed) this.#options.onTurnedAway({ address, why, ...(node !== undefined && { node }) });
  }
}

/** TLS 1.2 at the least; the rest as Node has it. */
function contextOf({ ca, cert, key }: TlsMaterial) {
  return { ca, cert, key, minVersion: 'TLSv1.2' } as const;
}

/** It closes then, which is looked at. */
function ignore(): void {}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
