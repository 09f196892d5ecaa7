import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventOutbox, OutboxEvent } from '../../agent/uplink/event-outbox.ts';
import { createUplink, type Uplink, type UplinkOptions } from '../../agent/uplink/uplink.ts';
import { createIngest, type Ingest, type IngestOptions } from '../../collector/ingest/ingest.ts';
import type { Process, ReportedImage, StateItem } from '../../core/inventory.ts';
import { createDevelopmentCertificates } from '../../platform/certificates.ts';
import { createLogger, type Logger } from '../../platform/logging.ts';
import type { TlsMode } from '../../platform/tls.ts';
import type { Content } from '../../proto/codec/content.ts';
import { encodeEvent, type EventBody } from '../../proto/codec/event.ts';
import { MemoryIngestStore } from './memory-ingest-store.ts';

/** Short times, so that a test of a fault takes no minutes. */
export const BEAT_MS = 200;
/** Both ends are in one thread, which a busy machine may hold up for a second or two: that is no dead peer. */
const KEEPALIVE_TIMEOUT_MS = 4_000;
/** However busy the machine is. */
const RESPONSE_MS = 30_000;
const PATIENCE_MS = 120_000;

/** Parts of a session over real gRPC, with real certificates, in one folder. All ends with `stop`. */
export interface SessionBench {
  readonly dir: string;
  readonly store: MemoryIngestStore;
  /** Lines that both ends logged, newest last. */
  readonly log: Record<string, unknown>[];
  readonly logger: Logger;
  /** How often one of them logged this message. */
  said(message: string): number;
  tls(name: string): TlsMode;
  /** Starts a collector over the bench's store. */
  collect(options?: Partial<IngestOptions>): Promise<{ readonly ingest: Ingest; readonly port: number }>;
  /** An agent, not started. */
  agent(port: number, options?: Partial<UplinkOptions>): Uplink;
  /** Also ended by `stop`. */
  onStop(end: () => Promise<unknown>): void;
  stop(): Promise<void>;
}

export async function sessionBench(nodes: readonly string[] = ['node-1', 'node-2']): Promise<SessionBench> {
  const dir = await mkdtemp(join(tmpdir(), 'tallyman-session-'));
  await createDevelopmentCertificates(dir, { nodes, serverNames: ['127.0.0.1', 'localhost'] });
  const store = new MemoryIngestStore();
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({ component: 'test', level: 'debug', stream: collecting(log) });
  const ends: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const tls = (name: string): TlsMode => ({
    kind: 'mutual',
    files: {
      certFile: join(dir, `${name}.crt`),
      keyFile: join(dir, `${name}.key`),
      caFile: join(dir, 'ca.crt'),
    },
  });

  return {
    dir,
    store,
    log,
    logger,
    said: (message) => log.filter((line) => line['message'] === message).length,
    tls,
    async collect(options = {}) {
      const ingest = createIngest({
        store,
        tls: tls('collector'),
        listen: { host: '127.0.0.1', port: 0 },
        version: 'test',
        beatIntervalMs: BEAT_MS,
        // Layers of tests have made-up digests, mostly small ones.
        verifyShare: 0,
        clock: Date.now,
        random: Math.random,
        logger,
        ...options,
        timing: {
          retryContentMs: 50,
          keepaliveMs: 1000,
          keepaliveTimeoutMs: KEEPALIVE_TIMEOUT_MS,
          ...options.timing,
        },
      });
      ends.push(() => ingest.close());
      return { ingest, ...(await ingest.start()) };
    },
    agent(port, options = {}) {
      const node = options.node ?? 'node-1';
      const uplink = createUplink({
        target: `localhost:${port}`,
        tls: tls(node),
        node,
        instance: 'instance-1',
        agentVersion: 'test',
        bootId: 'boot-1',
        catalogers: [{ id: 'dpkg', version: 1 }],
        outbox: new MemoryOutbox(),
        content: new Supply(),
        clock: Date.now,
        now: () => performance.now(),
        random: Math.random,
        logger,
        onCommand: () => undefined,
        ...options,
        timing: {
          backoffBaseMs: 20,
          backoffCapMs: 100,
          keepaliveMs: 600,
          keepaliveTimeoutMs: KEEPALIVE_TIMEOUT_MS,
          responseMs: RESPONSE_MS,
          leastLifetimeMs: 0,
          ...options.timing,
        },
      });
      ends.push(() => uplink.close(0));
      return uplink;
    },
    onStop(end) {
      ends.push(end);
    },
    async stop() {
      for (const end of ends.toReversed()) await end();
    },
  };
}

/** Until the condition holds; fails with `what` after two minutes, for the machine may be busy. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const last = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > last) throw new Error(`not within two minutes: ${what}`);
    await sleep(5);
  }
}

/** Events in memory, as the agent's outbox keeps them on disk. */
export class MemoryOutbox implements EventOutbox {
  readonly epoch: string;
  #events: OutboxEvent[] = [];
  #last = 0;

  constructor(epoch = 'epoch-1') {
    this.epoch = epoch;
  }

  confirm(storedUpTo: number): boolean {
    return storedUpTo <= this.#last;
  }

  add(body: EventBody): number {
    this.#last += 1;
    this.#events.push({ number: this.#last, payload: encodeEvent({ number: this.#last, time: 1, body }) });
    return this.#last;
  }

  pending(afterNumber: number, maxItems: number, maxBytes: number): OutboxEvent[] {
    const found: OutboxEvent[] = [];
    let bytes = 0;
    for (const event of this.#events) {
      if (event.number <= afterNumber) continue;
      bytes += event.payload.length;
      if (found.length === maxItems || (found.length > 0 && bytes > maxBytes)) break;
      found.push(event);
    }
    return found;
  }

  acknowledge(epoch: string, upTo: number): void {
    if (epoch === this.epoch) this.#events = this.#events.filter((event) => event.number > upTo);
  }

  count(): number {
    return this.#events.length;
  }

  /** As when there is no room: the events are gone and their numbers stay used. */
  drop(...numbers: readonly number[]): void {
    this.#events = this.#events.filter((event) => !numbers.includes(event.number));
  }
}

/** Content to supply, by key; counts what was asked of it. */
export class Supply {
  readonly items = new Map<string, Content>();
  readonly loads: string[] = [];

  async load({ key }: { readonly key: string }): Promise<Content> {
    this.loads.push(key);
    const content = this.items.get(key);
    if (!content) throw new Error(`${key} is gone`);
    return content;
  }
}

export function hostItem(overrides: Partial<Extract<StateItem, { kind: 'host' }>['value']> = {}): StateItem {
  return {
    kind: 'host',
    value: {
      hostname: 'node-1',
      os: 'Debian GNU/Linux 12',
      kernel: '6.1.0',
      architecture: 'amd64',
      bootId: 'boot-1',
      agentVersion: 'test',
      engines: [{ id: 'containerd', address: '/run/containerd/containerd.sock', status: 'ok' }],
      limitations: [],
      ...overrides,
    },
  };
}

export function processItem(pid: number, overrides: Partial<Process> = {}): StateItem {
  return {
    kind: 'process',
    value: {
      bootId: 'boot-1',
      pid,
      parentPid: 1,
      startTicks: pid * 100,
      startedAt: 1_700_000_000_000,
      command: 'sleep',
      executable: '/usr/bin/sleep',
      uid: 0,
      user: 'root',
      attribution: 'host',
      ...overrides,
    },
  };
}

export function imageItem(number: number, overrides: Partial<ReportedImage> = {}): StateItem {
  const hex = number.toString(16).padStart(64, '0');
  return {
    kind: 'image',
    value: {
      imageId: `sha256:${hex}`,
      names: [
        { engine: 'containerd', namespace: 'default', name: `example/${number}`, target: `sha256:${hex}` },
      ],
      manifestDigests: [`sha256:${hex}`],
      os: 'linux',
      architecture: 'amd64',
      diffIds: [`sha256:${hex}`],
      sizeBytes: 1000 + number,
      labels: {},
      pinned: false,
      firstSeen: 1_700_000_000_000,
      ...overrides,
    },
  };
}

function collecting(lines: Record<string, unknown>[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) if (line !== '') lines.push(parsed(line));
      done();
    },
  });
}

function parsed(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
