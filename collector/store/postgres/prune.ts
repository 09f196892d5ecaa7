import type { DocumentKind } from '../fleet-orders.ts';
import type { PrunePolicy, PruneResult } from '../store.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { deleteDocument } from './document-rows.ts';
import { foldAll } from './image-holders.ts';
import { DATABASE_MS } from './lease-rows.ts';
import { CLOSE_GATE } from './locks.ts';
import { markCompositions, markLayers, removeCompositions, removeLayers } from './unused-content.ts';

/** Rows looked at or removed in one step: about ten milliseconds. */
const STEP = 500;

/** What one step removed. */
interface PruneStep {
  readonly kind: keyof PruneResult;
  readonly removed: number;
}

/**
 * Removes old rows, a bounded number in each step, and each step in a transaction of its own. What goes first is what
 * keeps the later things alive: nodes hold images, images need compositions, compositions need layers.
 */
export async function* pruneSteps(
  database: Database,
  policy: PrunePolicy,
  at: number,
): AsyncGenerator<PruneStep> {
  const history = at - policy.historyMs;
  yield* repeat('nodes', () => removeNode(database, at - policy.nodeMs));
  yield* repeat('lives', () => removeLives(database, history));
  const last = await goneAtOfRow(database, policy.historyRows);
  yield* repeat('lives', () => removeLives(database, last));
  yield* repeat('events', () => removeEvents(database, at - policy.eventMs));
  yield* repeat('orders', () => removeReceipts(database, history));
  yield* repeat('orders', () => removeDocument(database, history));
  yield* repeat('events', () => removeExpired(database, at - policy.eventMs));
  yield { kind: 'images', removed: await removeImages(database) };
  let content = 0;
  for await (const step of contentSteps(database, at - policy.contentMs, at)) {
    content += step.removed;
    yield step;
  }
  if (content > 0) yield* packageSteps(database);
}

/** What was marked long enough ago goes, and what nothing needs any more is marked. */
async function* contentSteps(database: Database, before: number, at: number): AsyncGenerator<PruneStep> {
  yield* repeat('compositions', () => removeCompositions(database, at));
  yield* marking('compositions', () => markCompositions(database, before, at));
  yield* repeat('layers', () => removeLayers(database, at));
  yield* marking('layers', () => markLayers(database, before, at));
  await removeSupply(database, before);
}

/** Nothing is removed by it. */
async function* marking(kind: PruneStep['kind'], step: () => Promise<number>): AsyncGenerator<PruneStep> {
  while ((await step()) > 0) yield { kind, removed: 0 };
}

/** Packages and records that nothing names any more, all tables through. */
async function* packageSteps(database: Database): AsyncGenerator<PruneStep> {
  const lastPackage = await database.number('SELECT max(id) FROM packages');
  for (let from = 0; from <= lastPackage; from += STEP) {
    const removed = await gated(
      database,
      `DELETE FROM packages WHERE id BETWEEN $1 AND $2
         AND NOT EXISTS (SELECT 1 FROM composition_packages WHERE package = packages.id)`,
      from,
      from + STEP - 1,
    );
    yield { kind: 'packages', removed };
  }
  const lastRecord = await database.number('SELECT max(id) FROM records');
  for (let from = 0; from <= lastRecord; from += STEP) {
    await gated(
      database,
      `DELETE FROM records WHERE id BETWEEN $1 AND $2
         AND NOT EXISTS (SELECT 1 FROM packages WHERE record = records.id)
         AND NOT EXISTS (SELECT 1 FROM fact_packages WHERE record = records.id)`,
      from,
      from + STEP - 1,
    );
    yield { kind: 'packages', removed: 0 };
  }
}

async function* repeat(kind: PruneStep['kind'], step: () => Promise<number>): AsyncGenerator<PruneStep> {
  for (let removed = await step(); removed > 0; removed = await step()) yield { kind, removed };
}

/** One statement while nobody makes new rows refer to what it may remove. */
function gated(database: Database, sql: string, ...values: readonly number[]): Promise<number> {
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${CLOSE_GATE}`);
    return statements.run(sql, ...values);
  });
}

/** One disconnected node that was last seen before that time, with all it held. */
function removeNode(database: Database, before: number): Promise<number> {
  return database.transaction(async (statements) => {
    const node = await statements.get<{ id: number }>(
      `SELECT id FROM nodes WHERE replica IS NULL AND last_seen < $1 LIMIT 1 FOR UPDATE SKIP LOCKED`,
      whole(before),
    );
    if (node === undefined) return 0;
    await statements.run(
      `INSERT INTO image_changes (image, node, held, containers, running)
       SELECT image, $1, -1, 0, 0 FROM node_images WHERE node = $1
       UNION ALL SELECT image, $1, 0, -count(*), -sum(running) FROM containers
         WHERE node = $1 AND image IS NOT NULL GROUP BY image`,
      node.id,
    );
    return statements.run('DELETE FROM nodes WHERE id = $1', node.id);
  });
}

function removeLives(statements: Statements, before: number): Promise<number> {
  return statements.run(
    'DELETE FROM lives WHERE id IN (SELECT id FROM lives WHERE gone_at < $1 LIMIT $2)',
    whole(before),
    STEP,
  );
}

/** When the n-th last of the ended lives ended; before everything when there are fewer. */
async function goneAtOfRow(statements: Statements, rows: number): Promise<number> {
  const row = await statements.get<{ gone_at: number }>(
    'SELECT gone_at FROM lives WHERE gone_at IS NOT NULL ORDER BY gone_at DESC LIMIT 1 OFFSET $1',
    whole(Math.max(0, rows - 1)),
  );
  return row?.gone_at ?? -1;
}

/** Events, and commands that expired. */
async function removeEvents(statements: Statements, before: number): Promise<number> {
  const events = await statements.run(
    'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE stored_at < $1 LIMIT $2)',
    whole(before),
    STEP,
  );
  const commands = await statements.run(
    'DELETE FROM commands WHERE id IN (SELECT id FROM commands WHERE expires_at < $1 LIMIT $2)',
    whole(before),
    STEP,
  );
  return events + commands;
}

function removeReceipts(statements: Statements, before: number): Promise<number> {
  return statements.run(
    `DELETE FROM receipts WHERE (node, run_id) IN
       (SELECT node, run_id FROM receipts WHERE stored_at < $1 LIMIT $2)`,
    whole(before),
    STEP,
  );
}

/** One plan or rollout that has not changed since, with all that belongs to it. */
async function removeDocument(database: Database, before: number): Promise<number> {
  const old = await database.get<{ kind: DocumentKind; id: string }>(
    `SELECT kind, id FROM documents WHERE kind IN ('fleet-plan', 'rollout') AND changed_at < $1 LIMIT 1`,
    whole(before),
  );
  if (old === undefined) return 0;
  await deleteDocument(database, old.kind, old.id);
  return 1;
}

/** Join tokens and certificates. */
async function removeExpired(statements: Statements, before: number): Promise<number> {
  const tokens = await statements.run(
    'DELETE FROM join_tokens WHERE id IN (SELECT id FROM join_tokens WHERE expires_at < $1 LIMIT $2)',
    whole(before),
    STEP,
  );
  const expired = await statements.run(
    'DELETE FROM node_certificates WHERE id IN (SELECT id FROM node_certificates WHERE valid_until < $1 LIMIT $2)',
    whole(before),
    STEP,
  );
  return tokens + expired;
}

/** Images that are nowhere and have no history, and ways of reporting an image that no node uses. */
async function removeImages(database: Database): Promise<number> {
  let total = 0;
  for (let removed = STEP; removed === STEP; total += removed) {
    removed = await database.transaction(async (statements) => {
      await statements.run(`SELECT ${CLOSE_GATE}`);
      await foldAll(statements);
      return statements.run(
        `DELETE FROM images WHERE id IN (SELECT id FROM images i WHERE nodes = 0 AND containers = 0
           AND NOT EXISTS (SELECT 1 FROM lives WHERE image = i.id)
           AND NOT EXISTS (SELECT 1 FROM processes WHERE image = i.id) LIMIT $1)`,
        STEP,
      );
    });
  }
  const last = await database.number('SELECT max(id) FROM image_variants');
  for (let from = 0; from <= last; from += STEP) {
    await gated(
      database,
      `DELETE FROM image_variants v WHERE id BETWEEN $1 AND $2
         AND NOT EXISTS (SELECT 1 FROM node_images n WHERE n.image = v.image AND n.variant = v.id)`,
      from,
      from + STEP - 1,
    );
  }
  return total;
}

/** Leases that lapsed long ago, and what second nodes made of layers that are gone. */
async function removeSupply(statements: Statements, before: number): Promise<void> {
  await statements.run(
    `DELETE FROM content_leases WHERE lapses_at < least($1, ${DATABASE_MS})`,
    whole(before),
  );
  await statements.run(
    `DELETE FROM verifications WHERE id IN (SELECT id FROM verifications v WHERE at < $1
       AND NOT EXISTS (SELECT 1 FROM layers WHERE diff_id = v.diff_id) LIMIT $2)`,
    whole(before),
    STEP,
  );
}
