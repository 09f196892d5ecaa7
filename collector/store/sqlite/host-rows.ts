import type { ItemRows } from './item-rows.ts';

interface HostRow {
  readonly hash: Uint8Array;
}

/** A node's one host item. */
export const hostRows: ItemRows<'host'> = {
  write({ database, node }, host, hash) {
    const previous = database.get<HostRow>('SELECT hash FROM hosts WHERE node = ?', node);
    database.run(
      `INSERT INTO hosts (node, hash, host) VALUES (?, ?, ?)
       ON CONFLICT (node) DO UPDATE SET hash = excluded.hash, host = excluded.host`,
      node,
      hash,
      JSON.stringify(host),
    );
    return previous?.hash;
  },

  remove({ database, node }, key) {
    if (key !== 'host/') return undefined;
    return database.get<HostRow>('DELETE FROM hosts WHERE node = ? RETURNING hash', node)?.hash;
  },

  *held(database, node) {
    const row = database.get<HostRow>('SELECT hash FROM hosts WHERE node = ?', node);
    if (row !== undefined) yield { key: 'host/', hash: row.hash };
  },
};
