import type { Life } from '../views.ts';

/** A life as a database gives it: of an image, or of a container. */
export interface LifeRow {
  readonly id: number;
  readonly node: string;
  readonly image_id: string | null;
  readonly container_key: string | null;
  readonly summary: string | null;
  readonly appeared_at: number;
  readonly gone_at: number | null;
  readonly changed_at: number;
}

export function lifeView(row: LifeRow): Life {
  const key = row.container_key ?? `image/${row.image_id}`;
  return {
    node: row.node,
    kind: row.container_key === null ? 'image' : 'container',
    key,
    summary: row.summary || (row.image_id ?? key),
    appearedAt: row.appeared_at,
    ...(row.gone_at !== null && { goneAt: row.gone_at }),
  };
}
