import type { ContentRef } from '../../ingest/ingest-store.ts';
import { CONTENT_GRACE_MS } from '../content-grace.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';

// Content that nothing needs is marked, and removed CONTENT_GRACE_MS later if it is still marked and nothing needs it by
// then. A node that is told that content is held takes the mark away, so it has that time to report what needs it: nobody
// would ever send what is gone.

/** Rows marked in one step. */
const STEP = 500;
/** Removed in one: compositions and layers have many rows of their own. */
const SMALL_STEP = 20;

const NO_IMAGE = `NOT EXISTS (SELECT 1 FROM images WHERE composition = c.id)
  AND NOT EXISTS (SELECT 1 FROM image_variants WHERE composition_key = c.key)`;
const NO_COMPOSITION = 'NOT EXISTS (SELECT 1 FROM composition_layers WHERE layer = l.id)';

/** What was stored before that time, and no image is of it. How many were marked. */
export function markCompositions(database: Database, before: number, at: number): number {
  return database.run(
    `UPDATE compositions SET unused_since = ? WHERE id IN (SELECT id FROM compositions c
       WHERE unused_since IS NULL AND stored_at < ? AND ${NO_IMAGE} LIMIT ?)`,
    whole(at),
    whole(before),
    STEP,
  );
}

/** As above, and no composition is of it. */
export function markLayers(database: Database, before: number, at: number): number {
  return database.run(
    `UPDATE layers SET unused_since = ? WHERE id IN (SELECT id FROM layers l
       WHERE unused_since IS NULL AND ${NO_COMPOSITION}
         AND NOT EXISTS (SELECT 1 FROM layer_sets WHERE layer = l.id AND stored_at >= ?) LIMIT ?)`,
    whole(at),
    whole(before),
    STEP,
  );
}

export function removeCompositions(database: Database, at: number): number {
  return database.run(
    `DELETE FROM compositions WHERE id IN (SELECT id FROM compositions c
       WHERE unused_since <= ? AND ${NO_IMAGE} LIMIT ?)`,
    whole(at - CONTENT_GRACE_MS),
    SMALL_STEP,
  );
}

export function removeLayers(database: Database, at: number): number {
  return database.run(
    `DELETE FROM layers WHERE id IN (SELECT id FROM layers l
       WHERE unused_since <= ? AND ${NO_COMPOSITION} LIMIT ?)`,
    whole(at - CONTENT_GRACE_MS),
    SMALL_STEP,
  );
}

/** A node is told that it is held: the mark goes, if it has one. */
export function keepUnused(database: Database, { kind, key }: ContentRef): void {
  if (kind === 'layer-facts') {
    const marked = 'SELECT 1 FROM layers WHERE diff_id = ? AND unused_since IS NOT NULL';
    if (database.get(marked, key) === undefined) return;
    database.run('UPDATE layers SET unused_since = NULL WHERE diff_id = ?', key);
  } else {
    const marked = 'SELECT 1 FROM compositions WHERE key = ? AND unused_since IS NOT NULL';
    if (database.get(marked, key) === undefined) return;
    database.run('UPDATE compositions SET unused_since = NULL WHERE key = ?', key);
  }
}
