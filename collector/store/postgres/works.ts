import type { Database, Statements } from './database.ts';
import { FREE_WORK_LOCK, TAKE_WORK_LOCK } from './locks.ts';

interface HolderRow {
  readonly holder: string;
  readonly alive: boolean;
}

/** See `Store.alone`. The lock goes with the connection: a collector that dies leaves it to the others. */
export function alone<T>(
  database: Database,
  replica: string,
  { work, turn }: { readonly work: string; readonly turn: 'take' | 'keep' },
  run: (othersDid: boolean) => Promise<T>,
): Promise<T | undefined> {
  return database.reserved(async (statements) => {
    await statements.run(`SELECT ${TAKE_WORK_LOCK}`, work);
    try {
      const last = await lastHolder(statements, work);
      const othersDid = last?.holder !== replica;
      if (turn === 'keep' && othersDid && last?.alive === true) return undefined;
      if (othersDid) {
        await statements.run(
          `INSERT INTO works (name, holder) VALUES ($1, $2)
           ON CONFLICT (name) DO UPDATE SET holder = excluded.holder`,
          work,
          replica,
        );
      }
      return await run(othersDid);
    } finally {
      await statements.run(`SELECT ${FREE_WORK_LOCK}`, work);
    }
  });
}

function lastHolder(statements: Statements, work: string): Promise<HolderRow | undefined> {
  return statements.get<HolderRow>(
    `SELECT holder, EXISTS (SELECT 1 FROM replicas r WHERE r.id = w.holder AND r.lapses_at > now()) AS alive
     FROM works w WHERE name = $1`,
    work,
  );
}
