import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux retransmits after 200 ms at the least (tcp(7), TCP_RTO_MIN). */
const RETRANSMISSION_MS = 200;
const MOST_OVERTAKEN_MS = 1000;

/** Sits between two ends of TCP connections, counts what passes, and makes a bad network of it when told to. */
export interface TcpProxy {
  readonly port: number;
  /** Bytes from the side that connects, since the last `resetCounts`. */
  readonly up: number;
  readonly down: number;
  /** Connections accepted, ever. */
  readonly connections: number;
  resetCounts(): void;
  /** Where new connections lead. */
  retarget(port: number): void;
  /** Breaks all connections with a reset. */
  cut(): void;
  /** True: new connections are reset at once. */
  refuse(refusing: boolean): void;
  /** True: nothing passes any more in either direction, and nobody is told. */
  stall(stalled: boolean): void;
  /** Every piece arrives so much later, ms. */
  delay(ms: number): void;
  /** Nothing passes in that direction, and nobody is told: a half-open connection. Undefined ends it. */
  mute(direction: 'up' | 'down' | undefined): void;
  /**
   * What is connected now is half-open for good, as when the machine at the other end is gone; new connections are made.
   * The side that was connected to notices after `ms`, by keep-alive.
   */
  abandon(ms: number): void;
  /** At most so many bytes a second each way, as when the other side reads slowly. Infinity lifts it. */
  throttle(bytesPerSecond: number): void;
  /**
   * That share of the pieces, 0 to 1, arrives as late as after a retransmission. `random` is uniform in [0, 1), and drawn for
   * every piece: nobody else's, if others are to draw the same each time.
   */
  lose(share: number, random: () => number): void;
  /** True: a new connection gets through only after the one that is made after it, or after a second. */
  reorder(reordering: boolean): void;
  /** Ends everything that is held up, but what is broken stays broken. */
  heal(): void;
  /** Breaks everything as soon as so many more bytes came from the side that connects. */
  cutAfter(bytes: number): void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const upstreams = new Set<Socket>();
  const abandoned = new WeakSet<Socket>();
  const state = { target: targetPort, up: 0, down: 0, connections: 0, refusing: false, stalled: false };
  let delayMs = 0;
  let bytesPerSecond = Infinity;
  let muted: 'up' | 'down' | undefined;
  let lost: () => boolean = () => false;
  let reordering = false;
  let letThrough: (() => void) | undefined;
  let cutAt = Infinity;
  let released = Promise.withResolvers<void>();
  released.resolve();

  async function pump(from: Socket, to: Socket, direction: 'up' | 'down'): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        if (delayMs > 0) await sleep(delayMs);
        if (lost()) await sleep(RETRANSMISSION_MS);
        if (bytesPerSecond < Infinity) await sleep((piece.length / bytesPerSecond) * 1000);
        while (state.stalled || muted === direction) await released.promise;
        if (abandoned.has(from)) continue;
        state[direction] += piece.length;
        if (state.up >= cutAt) {
          cutAt = Infinity;
          cut();
          return;
        }
        if (!to.write(piece)) await once(to, 'drain');
      }
      if (!abandoned.has(from)) to.end();
    } catch {
      from.destroy();
      if (!abandoned.has(from)) to.destroy();
    }
  }

  function cut(): void {
    for (const socket of sockets) reset(socket);
  }

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.setNoDelay(true);
  }

  function hold(): void {
    if (!state.stalled && muted === undefined) released = Promise.withResolvers<void>();
  }

  /** Until the next connection came, while that is asked for. */
  async function turn(): Promise<void> {
    letThrough?.();
    letThrough = undefined;
    if (!reordering) return;
    const overtaken = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    await Promise.race([overtaken, sleep(MOST_OVERTAKEN_MS)]);
  }

  const server = createServer((downstream) => {
    state.connections += 1;
    keep(downstream);
    if (state.refusing) {
      reset(downstream);
      return;
    }
    const upstream = connect(state.target, '127.0.0.1');
    keep(upstream);
    upstreams.add(upstream);
    upstream.on('close', () => upstreams.delete(upstream));
    // Nobody listens there: as if it had been asked itself.
    upstream.on('error', () => abandoned.has(upstream) || reset(downstream));
    upstream.on('close', () => abandoned.has(upstream) || downstream.destroy());
    downstream.on('close', () => abandoned.has(downstream) || upstream.destroy());
    void turn().then(() => pump(downstream, upstream, 'up'));
    void pump(upstream, downstream, 'down');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    port: address.port,
    get up() {
      return state.up;
    },
    get down() {
      return state.down;
    },
    get connections() {
      return state.connections;
    },
    resetCounts() {
      state.up = 0;
      state.down = 0;
    },
    retarget(port) {
      state.target = port;
    },
    cut,
    refuse(refusing) {
      state.refusing = refusing;
    },
    stall(stalled) {
      if (stalled) hold();
      state.stalled = stalled;
      if (!stalled) released.resolve();
    },
    mute(direction) {
      if (direction !== undefined) hold();
      muted = direction;
      if (direction === undefined) released.resolve();
    },
    abandon(ms) {
      for (const socket of sockets) abandoned.add(socket);
      const gone = [...upstreams];
      const noticed = setTimeout(() => gone.forEach(reset), ms);
      noticed.unref();
    },
    throttle(rate) {
      bytesPerSecond = rate;
    },
    lose(share, random) {
      lost = () => random() < share;
    },
    reorder(wanted) {
      reordering = wanted;
      if (!wanted) letThrough?.();
    },
    heal() {
      delayMs = 0;
      bytesPerSecond = Infinity;
      lost = () => false;
      reordering = false;
      letThrough?.();
      state.refusing = false;
      state.stalled = false;
      muted = undefined;
      released.resolve();
    },
    delay(ms) {
      delayMs = ms;
    },
    cutAfter(bytes) {
      cutAt = state.up + bytes;
    },
    async close() {
      state.stalled = false;
      muted = undefined;
      released.resolve();
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Node never closes a socket that is reset while its end is on the way, and then cannot exit. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
