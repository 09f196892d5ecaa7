import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { rows } from './values.ts';

interface Beat {
  readonly at: number;
  readonly condition: 'ok' | 'degraded';
}

/** Last heartbeats of the nodes at this collector, written together now and then instead of one by one. */
export class Heartbeats {
  readonly #database: Database;
  readonly #replica: string;
  #pending = new Map<string, Beat>();
  #writing: Promise<void> = Promise.resolve();

  constructor(database: Database, replica: string) {
    this.#database = database;
    this.#replica = replica;
  }

  /** One entry for each node at most. */
  note(node: string, at: number, condition: Beat['condition']): void {
    this.#pending.set(node, { at, condition });
  }

  /** Writes what was noted before. What could not be written is noted again, where nothing newer is. */
  flush(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(): Promise<void> {
    if (this.#pending.size === 0) return;
    const beats = this.#pending;
    this.#pending = new Map();
    try {
      await this.#database.transaction(async (statements) => {
        // A node that beat again tells it anew soon.
        await statements.run(`SELECT set_config('synchronous_commit', 'off', true)`);
        await statements.run(
          `UPDATE nodes SET last_seen = greatest(last_seen, b.at), condition = b.condition
           FROM json_to_recordset($1::json) AS b (node text, at bigint, condition text)
           WHERE nodes.name = b.node AND nodes.replica = $2`,
          rows([...beats].map(([node, { at, condition }]) => ({ node, at: whole(at), condition }))),
          this.#replica,
        );
      });
    } catch (error) {
      for (const [node, beat] of beats) if (!this.#pending.has(node)) this.#pending.set(node, beat);
      throw error;
    }
  }
}
