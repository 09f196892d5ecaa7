import type { HashedItem, ItemRows } from './item-rows.ts';

interface HostRow {
  readonly hash: Uint8Array;
}

/** A node's one host item. */
export const hostRows: ItemRows<HashedItem<'host'>> = {
  async write({ statements, node }, items) {
    const item = items.at(-1);
    if (item === undefined) return { before: [], counts: {} };
    const previous = await statements.get<HostRow>(
      `WITH held AS (SELECT hash FROM hosts WHERE node = $1),
         written AS (INSERT INTO hosts (node, hash, host) VALUES ($1, $2, $3)
           ON CONFLICT (node) DO UPDATE SET hash = excluded.hash, host = excluded.host)
       SELECT hash FROM held`,
      node,
      item.hash,
      JSON.stringify(item.value),
    );
    return { before: previous === undefined ? [] : [{ key: item.key, hash: previous.hash }], counts: {} };
  },

  async remove({ statements, node }, keys) {
    if (!keys.includes('host/')) return { before: [], counts: {} };
    const gone = await statements.all<HostRow>('DELETE FROM hosts WHERE node = $1 RETURNING hash', node);
    return { before: gone.map(({ hash }) => ({ key: 'host/', hash })), counts: {} };
  },

  async held(statements, node) {
    const found = await statements.all<HostRow>('SELECT hash FROM hosts WHERE node = $1', node);
    return found.map(({ hash }) => ({ key: 'host/', hash }));
  },
};
