import { whole } from '../whole.ts';
import { ensureImage } from './image-rows.ts';
import { processKeyParts } from '../item-key.ts';
import type { ItemRows } from './item-rows.ts';

/** Processes of a node. They come and go too often for their lives to be kept. */
export const processRows: ItemRows<'process'> = {
  write({ database, node }, process, hash) {
    const identity = [node, process.bootId, whole(process.pid), whole(process.startTicks)] as const;
    const previous = database.get<{ hash: Uint8Array }>(
      'SELECT hash FROM processes WHERE (node, boot_id, pid, start_ticks) = (?, ?, ?, ?)',
      ...identity,
    );
    database.run(
      `INSERT INTO processes (node, boot_id, pid, start_ticks, hash, parent_pid, started_at, command, executable,
         uid, user, attribution, container_id, pod_uid, image)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (node, boot_id, pid, start_ticks) DO UPDATE SET hash = excluded.hash,
         parent_pid = excluded.parent_pid, started_at = excluded.started_at, command = excluded.command,
         executable = excluded.executable, uid = excluded.uid, user = excluded.user,
         attribution = excluded.attribution, container_id = excluded.container_id, pod_uid = excluded.pod_uid,
         image = excluded.image`,
      ...identity,
      hash,
      whole(process.parentPid),
      whole(process.startedAt),
      process.command,
      process.executable,
      whole(process.uid),
      process.user,
      process.attribution,
      process.containerId ?? null,
      process.podUid ?? null,
      process.imageId === undefined ? null : ensureImage(database, process.imageId),
    );
    return previous?.hash;
  },

  remove({ database, node }, key) {
    const parts = processKeyParts(key);
    if (parts === undefined) return undefined;
    return database.get<{ hash: Uint8Array }>(
      'DELETE FROM processes WHERE (node, boot_id, pid, start_ticks) = (?, ?, ?, ?) RETURNING hash',
      node,
      parts.boot_id,
      parts.pid,
      parts.start_ticks,
    )?.hash;
  },

  *held(database, node) {
    const rows = database.iterate<{ boot_id: string; pid: number; start_ticks: number; hash: Uint8Array }>(
      'SELECT boot_id, pid, start_ticks, hash FROM processes WHERE node = ?',
      node,
    );
    for (const { boot_id, pid, start_ticks, hash } of rows) {
      yield { key: `process/${boot_id}/${pid}/${start_ticks}`, hash };
    }
  },
};
