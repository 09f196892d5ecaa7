import type { DocumentKind } from '../fleet-orders.ts';
import type { PrunePolicy, PruneResult } from '../store.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { removeExpired } from './enrollment-rows.ts';
import { deleteDocument } from './document-rows.ts';
import type { ImageNodes } from './image-nodes.ts';
import { markCompositions, markLayers, removeCompositions, removeLayers } from './unused-content.ts';

/** Rows looked at or removed in one step: about ten milliseconds. */
const STEP = 500;

/** What one step removed, and whether it marked content as unused. */
export interface PruneStep {
  readonly kind: keyof PruneResult;
  readonly removed: number;
  readonly marked?: true;
}

/**
 * Removes old rows, a bounded number in each step, and each step in a transaction of its own. What goes first is what
 * keeps the later things alive: nodes hold images, images need compositions, compositions need layers.
 */
export function* pruneSteps(
  database: Database,
  index: ImageNodes,
  policy: PrunePolicy,
  at: number,
): Generator<PruneStep> {
  yield* repeat('nodes', () => removeNode(database, index, at - policy.nodeMs));
  yield* repeat('lives', () => removeLives(database, at - policy.historyMs));
  const last = goneAtOfRow(database, policy.historyRows);
  yield* repeat('lives', () => removeLives(database, last));
  yield* repeat('events', () => removeEvents(database, at - policy.eventMs));
  yield* repeat('orders', () => removeReceipts(database, at - policy.historyMs));
  yield* repeat('orders', () => removeDocument(database, at - policy.historyMs));
  yield* repeat('events', () => removeExpired(database, at - policy.eventMs, STEP));
  yield* repeat('images', () => removeImages(database));
  let content = 0;
  for (const step of contentSteps(database, at - policy.contentMs, at)) {
    content += step.removed;
    yield step;
  }
  if (content > 0) yield* packageSteps(database);
}

/** What was marked long enough ago goes, and what nothing needs any more is marked. */
function* contentSteps(database: Database, before: number, at: number): Generator<PruneStep> {
  yield* repeat('compositions', () => removeCompositions(database, at));
  yield* marking('compositions', () => markCompositions(database, before, at));
  yield* repeat('layers', () => removeLayers(database, at));
  yield* marking('layers', () => markLayers(database, before, at));
  removeSupply(database, before);
}

/** Nothing is removed by it. */
function* marking(kind: PruneStep['kind'], step: () => number): Generator<PruneStep> {
  while (step() > 0) yield { kind, removed: 0, marked: true };
}

/** Packages and records that nothing names any more, all tables through. */
function* packageSteps(database: Database): Generator<PruneStep> {
  const lastPackage = database.number('SELECT max(id) FROM packages');
  for (let from = 0; from <= lastPackage; from += STEP) {
    const removed = database.run(
      `DELETE FROM packages WHERE id BETWEEN ? AND ?
         AND NOT EXISTS (SELECT 1 FROM composition_packages WHERE package = packages.id)`,
      from,
      from + STEP - 1,
    );
    yield { kind: 'packages', removed };
  }
  const lastRecord = database.number('SELECT max(id) FROM records');
  for (let from = 0; from <= lastRecord; from += STEP) {
    database.run(
      `DELETE FROM records WHERE id BETWEEN ? AND ?
         AND NOT EXISTS (SELECT 1 FROM packages WHERE record = records.id)
         AND NOT EXISTS (SELECT 1 FROM fact_packages WHERE record = records.id)`,
      from,
      from + STEP - 1,
    );
    yield { kind: 'packages', removed: 0 };
  }
}

function* repeat(kind: PruneStep['kind'], step: () => number): Generator<PruneStep> {
  for (let removed = step(); removed > 0; removed = step()) yield { kind, removed };
}

/** One disconnected node that was last seen before that time, with all it held. */
function removeNode(database: Database, index: ImageNodes, before: number): number {
  const node = database.get<{ id: number }>(
    'SELECT id FROM nodes WHERE connected = 0 AND last_seen < ? LIMIT 1',
    whole(before),
  );
  if (node === undefined) return 0;
  database.transaction(() => database.run('DELETE FROM nodes WHERE id = ?', node.id));
  index.forget(node.id);
  return 1;
}

function removeLives(database: Database, before: number): number {
  return database.run(
    'DELETE FROM lives WHERE id IN (SELECT id FROM lives WHERE gone_at < ? LIMIT ?)',
    whole(before),
    STEP,
  );
}

/** When the n-th last of the ended lives ended; before everything when there are fewer. */
function goneAtOfRow(database: Database, rows: number): number {
  const row = database.get<{ gone_at: number }>(
    'SELECT gone_at FROM lives WHERE gone_at IS NOT NULL ORDER BY gone_at DESC LIMIT 1 OFFSET ?',
    whole(Math.max(0, rows - 1)),
  );
  return row?.gone_at ?? -1;
}

/** Events, and commands that expired. */
function removeEvents(database: Database, before: number): number {
  const events = database.run(
    'DELETE FROM events WHERE id IN (SELECT id FROM events WHERE stored_at < ? LIMIT ?)',
    whole(before),
    STEP,
  );
  const commands = database.run(
    'DELETE FROM commands WHERE id IN (SELECT id FROM commands WHERE expires_at < ? LIMIT ?)',
    whole(before),
    STEP,
  );
  return events + commands;
}

function removeReceipts(database: Database, before: number): number {
  return database.run(
    'DELETE FROM receipts WHERE (node, run_id) IN (SELECT node, run_id FROM receipts WHERE stored_at < ? LIMIT ?)',
    whole(before),
    STEP,
  );
}

/** One plan or rollout that has not changed since, with all that belongs to it. */
function removeDocument(database: Database, before: number): number {
  const old = database.get<{ kind: DocumentKind; id: string }>(
    `SELECT kind, id FROM documents WHERE kind IN ('fleet-plan', 'rollout') AND changed_at < ? LIMIT 1`,
    whole(before),
  );
  if (old === undefined) return 0;
  deleteDocument(database, old.kind, old.id);
  return 1;
}

/** Images that are nowhere and have no history. */
function removeImages(database: Database): number {
  return database.run(
    `DELETE FROM images WHERE id IN (SELECT id FROM images i WHERE nodes = 0 AND containers = 0
       AND NOT EXISTS (SELECT 1 FROM lives WHERE image = i.id)
       AND NOT EXISTS (SELECT 1 FROM processes WHERE image = i.id) LIMIT ?)`,
    STEP,
  );
}

/** Leases that lapsed long ago, and what second nodes made of layers that are gone. */
function removeSupply(database: Database, before: number): void {
  database.run('DELETE FROM content_leases WHERE lapses_at < ?', whole(before));
  database.run(
    `DELETE FROM verifications WHERE id IN (SELECT id FROM verifications v WHERE at < ?
       AND NOT EXISTS (SELECT 1 FROM layers WHERE diff_id = v.diff_id) LIMIT ?)`,
    whole(before),
    STEP,
  );
}
