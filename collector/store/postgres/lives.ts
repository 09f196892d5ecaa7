import { decodeCursor, pageOf, type Page, type PageRequest } from '../page.ts';
import { lifeView, type LifeRow } from '../rows/life-row.ts';
import type { HistoryFilter, Life } from '../views.ts';
import { whole } from '../whole.ts';
import type { Statements } from './database.ts';

const SELECT = `SELECT l.id, n.name AS node, i.image_id, l.container_key, coalesce(l.summary, i.name) AS summary,
    l.appeared_at, l.gone_at, l.changed_at
  FROM lives l JOIN nodes n ON n.id = l.node LEFT JOIN images i ON i.id = l.image
  WHERE (l.changed_at, l.id) < ($1, $2) AND l.changed_at >= $3
    AND ($4 <> 'image' OR l.image IS NOT NULL) AND ($4 <> 'container' OR l.container_key IS NOT NULL)`;
const REST = 'ORDER BY l.changed_at DESC, l.id DESC LIMIT $5';

export async function history(
  statements: Statements,
  filter: HistoryFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Life>> {
  const [at, id] = decodeCursor(cursor, [Number.MAX_SAFE_INTEGER, 0]);
  const values = [at, id, whole(filter.since ?? 0), filter.kind ?? '', limit + 1];
  const rows =
    filter.node === undefined
      ? await statements.all<LifeRow>(`${SELECT} ${REST}`, ...values)
      : await statements.all<LifeRow>(`${SELECT} AND n.name = $6 ${REST}`, ...values, filter.node);
  return pageOf(rows, limit, (row) => [row.changed_at, row.id], lifeView);
}
