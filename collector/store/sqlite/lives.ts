import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { lifeView, type LifeRow } from '../rows/life-row.ts';
import type { HistoryFilter, Life } from '../views.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import type { WriteContext } from './item-rows.ts';

/** Begins the life of an image on a node. */
export function beginImageLife({ database, node, at }: WriteContext, image: number): number {
  return database.insert(
    'INSERT INTO lives (node, image, appeared_at) VALUES (?, ?, ?)',
    node,
    image,
    whole(at),
  );
}

/** Begins the life of a container on a node. */
export function beginContainerLife(
  { database, node, at }: WriteContext,
  key: string,
  summary: string,
): number {
  return database.insert(
    'INSERT INTO lives (node, container_key, summary, appeared_at) VALUES (?, ?, ?, ?)',
    node,
    key,
    summary,
    whole(at),
  );
}

export function endLife({ database, at }: WriteContext, life: number): void {
  database.run('UPDATE lives SET gone_at = max(appeared_at, ?) WHERE id = ?', whole(at), life);
}

const COLUMNS = `l.id, n.name AS node, i.image_id, l.container_key, coalesce(l.summary, i.name) AS summary,
  l.appeared_at, l.gone_at, l.changed_at
  FROM lives l JOIN nodes n ON n.id = l.node LEFT JOIN images i ON i.id = l.image`;
const CONDITIONS = `(l.changed_at, l.id) < (?, ?) AND l.changed_at >= ?
  AND (? <> 'image' OR l.image IS NOT NULL) AND (? <> 'container' OR l.container_key IS NOT NULL)
  ORDER BY l.changed_at DESC, l.id DESC LIMIT ?`;

export function history(
  database: Database,
  filter: HistoryFilter,
  { limit, cursor }: PageRequest,
): Page<Life> {
  const [at, id] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, 0]);
  const kind = filter.kind ?? '';
  const values = [at, id, whole(filter.since ?? 0), kind, kind, limit + 1];
  const rows =
    filter.node === undefined
      ? database.all<LifeRow>(`SELECT ${COLUMNS} WHERE ${CONDITIONS}`, ...values)
      : database.all<LifeRow>(`SELECT ${COLUMNS} WHERE n.name = ? AND ${CONDITIONS}`, filter.node, ...values);
  return pageOf(rows, limit, (row) => [row.changed_at, row.id], lifeView);
}
