import type { ContentRef } from '../../ingest/ingest-store.ts';
import { CONTENT_GRACE_MS } from '../content-grace.ts';
import { whole } from '../whole.ts';
import type { Database, Statements } from './database.ts';
import { CLOSE_GATE } from './locks.ts';
import { list } from './values.ts';

// Content that nothing needs is marked, and removed only later: why, `KnownContent` says.

/** Rows marked in one step. */
const STEP = 500;
/** Removed in one: compositions and layers have many rows of their own. */
const SMALL_STEP = 20;

const NO_IMAGE = `NOT EXISTS (SELECT 1 FROM images WHERE composition = c.id)
  AND NOT EXISTS (SELECT 1 FROM image_variants WHERE composition_key = c.key)`;
const NO_COMPOSITION = 'NOT EXISTS (SELECT 1 FROM composition_layers WHERE layer = l.id)';

/** What was stored before that time, and no image is of it. How many were marked. */
export function markCompositions(database: Database, before: number, at: number): Promise<number> {
  return mark(
    database,
    `UPDATE compositions SET unused_since = $1 WHERE id IN (SELECT id FROM compositions c
       WHERE unused_since IS NULL AND stored_at < $2 AND ${NO_IMAGE} LIMIT $3)`,
    at,
    before,
  );
}

/** As above, and no composition is of it. */
export function markLayers(database: Database, before: number, at: number): Promise<number> {
  return mark(
    database,
    `UPDATE layers SET unused_since = $1 WHERE id IN (SELECT id FROM layers l
       WHERE unused_since IS NULL AND ${NO_COMPOSITION}
         AND NOT EXISTS (SELECT 1 FROM layer_sets WHERE layer = l.id AND stored_at >= $2) LIMIT $3)`,
    at,
    before,
  );
}

export function removeCompositions(database: Database, at: number): Promise<number> {
  return removeMarked(
    database,
    `DELETE FROM compositions WHERE id IN (SELECT id FROM compositions c
       WHERE unused_since <= $1 AND ${NO_IMAGE} LIMIT $2)`,
    at,
  );
}

export function removeLayers(database: Database, at: number): Promise<number> {
  return removeMarked(
    database,
    `DELETE FROM layers WHERE id IN (SELECT id FROM layers l
       WHERE unused_since <= $1 AND ${NO_COMPOSITION} LIMIT $2)`,
    at,
  );
}

/** Nodes are told that these are held: the marks go from those that have one. */
export async function keepUnused(statements: Statements, refs: readonly ContentRef[]): Promise<void> {
  const layers = keysOf(refs, 'layer-facts');
  const compositions = keysOf(refs, 'composition');
  const marked = 'unused_since IS NOT NULL';
  if (layers.length > 0) {
    await statements.run(
      `UPDATE layers SET unused_since = NULL WHERE diff_id = ANY($1::text[]) AND ${marked}`,
      list(layers),
    );
  }
  if (compositions.length > 0) {
    await statements.run(
      `UPDATE compositions SET unused_since = NULL WHERE key = ANY($1::text[]) AND ${marked}`,
      list(compositions),
    );
  }
}

function keysOf(refs: readonly ContentRef[], wanted: ContentRef['kind']): string[] {
  return refs.flatMap(({ kind, key }) => (kind === wanted ? [key] : []));
}

function mark(database: Database, sql: string, at: number, before: number): Promise<number> {
  return database.transaction(async (statements) => {
    const marked = await statements.run(sql, whole(at), whole(before), STEP);
    if (marked > 0) await statements.run('UPDATE content_markings SET count = count + 1');
    return marked;
  });
}

/** While nobody makes new rows refer to it. */
function removeMarked(database: Database, sql: string, at: number): Promise<number> {
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${CLOSE_GATE}`);
    return statements.run(sql, whole(at - CONTENT_GRACE_MS), SMALL_STEP);
  });
}
