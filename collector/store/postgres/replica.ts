import { COMMAND_CHANNEL, nodesWithCommands } from './command-rows.ts';
import type { Database } from './database.ts';
import { list } from './values.ts';

/** How long a collector that is not heard of counts as alive, seconds of the database's clock. */
const LEASE_SECONDS = 15;
/** How often it is heard of, ms. */
export const REPLICA_BEAT_MS = 5000;

/** This collector among those over one database: its lease, and the sessions it has. */
export class Replica {
  readonly id: string;
  readonly #database: Database;
  /** Nodes with a session here. */
  readonly #nodes = new Set<string>();

  constructor(database: Database, id: string) {
    this.#database = database;
    this.id = id;
  }

  has(node: string): void {
    this.#nodes.add(node);
  }

  hasNot(node: string): void {
    this.#nodes.delete(node);
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
