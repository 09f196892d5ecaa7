import type { Database, Statements } from './database.ts';
import { FREE_WORK_LOCK, TAKE_WORK_LOCK, TRY_WORK_LOCK } from './locks.ts';

interface HolderRow {
  readonly holder: string;
  readonly alive: boolean;
}

/**
 * - `take`: when its turn comes, and it is this collector's from then on
 * - `keep`: when its turn comes, if it is this collector's, or that of one that is no more; see `Store.alone`
 * - `try`: at once, or not at all, whoever did it before
 */
export type Turn = 'take' | 'keep' | 'try';

/**
 * Work that one collector at a time does; undefined when it was not this one's turn. The lock goes with the connection: a
 * collector that dies leaves it to the others.
 */
export function alone<T>(
  database: Database,
  replica: string,
  { work, turn }: { readonly work: string; readonly turn: Turn },
  run: (othersDid: boolean) => Promise<T>,
): Promise<T | undefined> {
  return database.reserved(async (statements) => {
    if (!(await hasLock(statements, work, turn))) return undefined;
    const othersDid = turn !== 'try' && (await othersDidLast(statements, replica, work, turn));
    const result = othersDid === undefined ? undefined : await run(othersDid);
    await statements.run(`SELECT ${FREE_WORK_LOCK}`, work);
    return result;
  });
}

async function hasLock(statements: Statements, work: string, turn: Turn): Promise<boolean> {
  if (turn === 'try') return (await statements.number(`SELECT ${TRY_WORK_LOCK}::int`, work)) === 1;
  await statements.run(`SELECT ${TAKE_WORK_LOCK}`, work);
  return true;
}

/** Whether another collector did it since this one; undefined when that one is there, and goes on. */
async function othersDidLast(
  statements: Statements,
  replica: string,
  work: string,
  turn: 'take' | 'keep',
): Promise<boolean | undefined> {
  const last = await lastHolder(statements, work);
  if (last?.holder === replica) return false;
  if (turn === 'keep' && last?.alive === true) return undefined;
  await statements.run(
    `INSERT INTO works (name, holder) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder`,
    work,
    replica,
  );
  return true;
}

function lastHolder(statements: Statements, work: string): Promise<HolderRow | undefined> {
  return statements.get<HolderRow>(
    `SELECT holder, EXISTS (SELECT 1 FROM replicas r WHERE r.id = w.holder AND r.lapses_at > now()) AS alive
     FROM works w WHERE name = $1`,
    work,
  );
}
