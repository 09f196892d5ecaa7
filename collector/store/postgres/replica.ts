import { COMMAND_CHANNEL, nodesWithCommands } from './command-rows.ts';
import type { Database } from './database.ts';
import { list, rows } from './values.ts';
import { whole } from '../whole.ts';

/** How long a collector that is not heard of counts as alive, seconds of the database's clock. */
const LEASE_SECONDS = 15;
/** How often it is heard of, ms. */
export const REPLICA_BEAT_MS = 5000;
/** For so many beats, a minute, it is seen to that a session whose start or end was not answered has ended. */
const BEATS_TO_END = 12;

/** A session of a node, here, that began at the latest then (ms since the epoch) and is no more. */
export interface OverSession {
  readonly node: string;
  readonly instance: string;
  readonly at: number;
}

/** This collector among those over one database: its lease, and the sessions it has. */
export class Replica {
  readonly id: string;
  readonly #database: Database;
  /** Nodes with a session here. */
  readonly #nodes = new Set<string>();
  /** By node: what the database may have as a session here and is none, and for how many more beats that may show. */
  readonly #over = new Map<string, { readonly session: OverSession; readonly beats: number }>();

  constructor(database: Database, id: string) {
    this.#database = database;
    this.id = id;
  }

  has(node: string): void {
    this.#nodes.add(node);
    this.#over.delete(node);
  }

  hasNot(node: string): void {
    this.#nodes.delete(node);
  }

  /**
   * The database did not say that it stored the session's start, or its end. It may have, and a commit may take effect after
   * everybody has given it up.
   */
  endLater(session: OverSession): void {
    this.#over.set(session.node, { session, beats: BEATS_TO_END });
  }

  /**
   * Renews the lease, ends the sessions of collectors whose lease lapsed, and takes its own back when others took it
   * for dead. Says `echo` to those who listen.
   */
  async beat(echo: string): Promise<void> {
    await this.#database.transaction(async (statements) => {
      const renewed = await statements.run(
        `UPDATE replicas SET lapses_at = now() + make_interval(secs => ${LEASE_SECONDS})
         WHERE id = $1 AND lapses_at > now()`,
        this.id,
      );
      if (renewed === 0) {
        await statements.run(
          `INSERT INTO replicas VALUES ($1, now() + make_interval(secs => ${LEASE_SECONDS}))
           ON CONFLICT (id) DO UPDATE SET lapses_at = excluded.lapses_at`,
          this.id,
        );
        await statements.run(
          `UPDATE nodes SET replica = $1 WHERE replica IS NULL AND name = ANY($2::text[])`,
          this.id,
          list([...this.#nodes]),
        );
      }
      await statements.run('DELETE FROM replicas WHERE lapses_at <= now()');
      await statements.run(
        `UPDATE nodes SET replica = NULL
         WHERE replica IS NOT NULL AND NOT EXISTS (SELECT 1 FROM replicas r WHERE r.id = nodes.replica)`,
      );
      await statements.run('SELECT pg_notify($1, $2)', COMMAND_CHANNEL, echo);
    });
    await this.#endOver();
  }

  async #endOver(): Promise<void> {
    if (this.#over.size === 0) return;
    const over = [...this.#over.values()];
    await this.#database.run(
      `UPDATE nodes SET replica = NULL, last_seen = greatest(last_seen, o.at)
       FROM json_to_recordset($2::json) AS o (node text, instance text, at bigint)
       WHERE name = o.node AND nodes.instance = o.instance AND connected_at <= o.at AND replica = $1`,
      this.id,
      rows(over.map(({ session: { node, instance, at } }) => ({ node, instance, at: whole(at) }))),
    );
    for (const one of over) {
      const { node } = one.session;
      if (this.#over.get(node) !== one) continue;
      if (one.beats > 1) this.#over.set(node, { ...one, beats: one.beats - 1 });
      else this.#over.delete(node);
    }
  }

  /** Nodes with a session here for which commands wait. */
  waiting(at: number): Promise<string[]> {
    return nodesWithCommands(this.#database, this.id, at);
  }

  /** Ends its sessions: it is about to close. */
  async leave(): Promise<void> {
    await this.#database.transaction(async (statements) => {
      await statements.run('UPDATE nodes SET replica = NULL WHERE replica = $1', this.id);
      await statements.run('DELETE FROM replicas WHERE id = $1', this.id);
    });
  }
}
