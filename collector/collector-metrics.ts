import { withDeadline } from '../platform/deadline.ts';
import { registerProcessMetrics, MetricsRegistry } from '../platform/metrics.ts';
import type { TurnedAway } from './ingest/door/turned-away.ts';
import type { Ingest, IngestChange, SessionView, VerificationOutcome } from './ingest/ingest.ts';
import type { StoreSizes } from './store/store.ts';

/** Longest wait for the database, ms: a scraper waits ten seconds, and wants the rest. */
const SIZES_MS = 5000;

/** What the collector counts of itself. */
export class CollectorMetrics {
  readonly registry = new MetricsRegistry();
  readonly #changes = this.registry.counter(
    'tallyman_ingest_changes_total',
    'Things stored for nodes, by kind: session, state, content, events.',
  );
  readonly #verified = this.registry.counter(
    'tallyman_layers_verified_total',
    'Layers that a second node read too, by outcome: same, different.',
  );
  readonly #sessions = this.registry.gauge('tallyman_sessions', 'Connected agents, by condition.');
  readonly #connections = this.registry.gauge(
    'tallyman_connections',
    'Connections of agents, by phase: handshake, waiting, open.',
  );
  readonly #turnedAway = this.registry.counter(
    'tallyman_connections_turned_away_total',
    'Connections that were not let in, by listener (agents, enrollment) and reason.',
  );
  readonly #pending = this.registry.gauge(
    'tallyman_session_pending_events',
    'Events that connected agents have yet to send.',
  );
  readonly #certificate = this.registry.gauge(
    'tallyman_certificate_left_seconds',
    "How long the collector's own certificate is still valid; below 0: it has expired.",
  );
  readonly #bytes = this.registry.gauge('tallyman_store_bytes', 'Size of the database on disk.');
  readonly #rows = this.registry.gauge(
    'tallyman_store_rows',
    'Rows of the main tables; of large ones an estimate.',
  );

  constructor() {
    registerProcessMetrics(this.registry);
  }

  changed({ kind }: IngestChange): void {
    this.#changes.add(1, { kind });
  }

  verified(outcome: VerificationOutcome): void {
    this.#verified.add(1, { outcome });
  }

  turnedAway(listener: 'agents' | 'enrollment', { why }: TurnedAway): void {
    this.#turnedAway.add(1, { listener, reason: why });
  }

  /** Reads these before each scrape. */
  onScrape(read: {
    readonly sessions: () => readonly SessionView[];
    readonly connections: Ingest['connections'];
    readonly sizes: () => Promise<StoreSizes>;
    /** ms; undefined in plain text. */
    readonly certificateLeft: () => number | undefined;
  }): void {
    this.registry.onScrape(async () => {
      const sessions = read.sessions();
      for (const condition of ['ok', 'degraded'] as const) {
        this.#sessions.set(sessions.filter((one) => one.condition === condition).length, { condition });
      }
      const { connections, handshakes, waiting } = read.connections();
      this.#connections.set(handshakes, { phase: 'handshake' });
      this.#connections.set(waiting, { phase: 'waiting' });
      this.#connections.set(connections - handshakes - waiting, { phase: 'open' });
      this.#pending.set(sessions.reduce((sum, { pendingEvents }) => sum + pendingEvents, 0));
      const leftMs = read.certificateLeft();
      if (leftMs !== undefined) this.#certificate.set(Math.floor(leftMs / 1000));
      await this.#measure(read.sizes);
    });
  }

  /** What was measured last stays while the database is away: the failures are counted where it is called. */
  async #measure(sizes: () => Promise<StoreSizes>): Promise<void> {
    const found = await withDeadline(sizes(), SIZES_MS, 'the database').catch(() => undefined);
    if (found === undefined) return;
    this.#bytes.set(found.databaseBytes);
    for (const [table, count] of Object.entries(found.rows)) this.#rows.set(count, { table });
  }
}
