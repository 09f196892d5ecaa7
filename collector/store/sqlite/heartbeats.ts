import type { Database } from './database.ts';
import { whole } from '../whole.ts';

interface Beat {
  readonly at: number;
  readonly condition: 'ok' | 'degraded';
}

/**
 * Last heartbeats of nodes, written together now and then instead of one by one:
 * ten thousand nodes would otherwise cost hundreds of transactions a second to say that nothing happened.
 */
export class Heartbeats {
  readonly #database: Database;
  readonly #pending = new Map<string, Beat>();

  constructor(database: Database) {
    this.#database = database;
  }

  get pending(): boolean {
    return this.#pending.size > 0;
  }

  /** One entry for each node at most. */
  note(node: string, at: number, condition: Beat['condition']): void {
    this.#pending.set(node, { at, condition });
  }

  /** Writes what was noted. Before every query on nodes, and now and then. */
  flush(): void {
    if (!this.pending) return;
    this.#database.transaction(() => {
      for (const [node, { at, condition }] of this.#pending) {
        this.#database.run(
          'UPDATE nodes SET last_seen = max(last_seen, ?), condition = ? WHERE name = ?',
          whole(at),
          condition,
          node,
        );
      }
    });
    this.#pending.clear();
  }
}
