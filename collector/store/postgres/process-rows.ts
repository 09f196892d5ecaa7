import { processKeyParts } from '../item-key.ts';
import { whole } from '../whole.ts';
import type { HashedItem, ItemRows } from './item-rows.ts';
import { byteText, rows } from './values.ts';

interface HeldRow {
  readonly boot_id: string;
  readonly pid: number;
  readonly start_ticks: number;
  readonly hash: Uint8Array;
}

/** Processes of a node. They come and go too often for their lives to be kept. */
export const processRows: ItemRows<HashedItem<'process'>> = {
  async write({ statements, node, images }, items) {
    if (items.length === 0) return { before: [], counts: {} };
    const incoming = items.map(({ hash, value }) => ({
      boot_id: value.bootId,
      pid: whole(value.pid),
      start_ticks: whole(value.startTicks),
      hash: byteText(hash),
      parent_pid: whole(value.parentPid),
      started_at: whole(value.startedAt),
      command: value.command,
      executable: value.executable,
      uid: whole(value.uid),
      user_name: value.user,
      attribution: value.attribution,
      container_id: value.containerId ?? null,
      pod_uid: value.podUid ?? null,
      image: value.imageId === undefined ? null : (images.get(value.imageId) ?? null),
    }));
    const held = await statements.all<HeldRow>(
      `WITH incoming AS (SELECT * FROM json_to_recordset($2::json) AS r (boot_id text, pid bigint, start_ticks bigint,
           hash bytea, parent_pid bigint, started_at bigint, command text, executable text, uid bigint, user_name text,
           attribution text, container_id text, pod_uid text, image bigint)),
         held AS (SELECT p.boot_id, p.pid, p.start_ticks, p.hash FROM incoming i JOIN processes p
           ON p.node = $1 AND p.boot_id = i.boot_id AND p.pid = i.pid AND p.start_ticks = i.start_ticks),
         written AS (INSERT INTO processes (node, boot_id, pid, start_ticks, hash, parent_pid, started_at, command,
             executable, uid, user_name, attribution, container_id, pod_uid, image)
           SELECT $1, boot_id, pid, start_ticks, hash, parent_pid, started_at, command, executable, uid, user_name,
             attribution, container_id, pod_uid, image FROM incoming
           ON CONFLICT (node, boot_id, pid, start_ticks) DO UPDATE SET hash = excluded.hash,
             parent_pid = excluded.parent_pid, started_at = excluded.started_at, command = excluded.command,
             executable = excluded.executable, uid = excluded.uid, user_name = excluded.user_name,
             attribution = excluded.attribution, container_id = excluded.container_id, pod_uid = excluded.pod_uid,
             image = excluded.image)
       SELECT boot_id, pid, start_ticks, hash FROM held`,
      node,
      rows(incoming),
    );
    return { before: held.map(keyed), counts: { processes: items.length - held.length } };
  },

  async remove({ statements, node }, keys) {
    const named = keys.flatMap((key) => processKeyParts(key) ?? []);
    if (named.length === 0) return { before: [], counts: {} };
    const gone = await statements.all<HeldRow>(
      `DELETE FROM processes p USING json_to_recordset($2::json) AS r (boot_id text, pid bigint, start_ticks bigint)
       WHERE p.node = $1 AND p.boot_id = r.boot_id AND p.pid = r.pid AND p.start_ticks = r.start_ticks
       RETURNING p.boot_id, p.pid, p.start_ticks, p.hash`,
      node,
      rows(named),
    );
    return { before: gone.map(keyed), counts: { processes: -gone.length } };
  },

  async held(statements, node) {
    const found = await statements.all<HeldRow>(
      'SELECT boot_id, pid, start_ticks, hash FROM processes WHERE node = $1',
      node,
    );
    return found.map(keyed);
  },
};

function keyed({ boot_id, pid, start_ticks, hash }: HeldRow) {
  return { key: `process/${boot_id}/${pid}/${start_ticks}`, hash };
}
