import type { Process } from '../../../core/inventory.ts';
import type { ProcessView } from '../views.ts';

/** A process as a database gives it. */
export interface ProcessRow {
  readonly boot_id: string;
  readonly pid: number;
  readonly start_ticks: number;
  readonly parent_pid: number;
  readonly started_at: number;
  readonly command: string;
  readonly executable: string;
  readonly uid: number;
  readonly user: string;
  readonly attribution: Process['attribution'];
  readonly container_id: string | null;
  readonly pod_uid: string | null;
  readonly image_id: string | null;
}

export function processView(node: string, row: ProcessRow): ProcessView {
  return {
    node,
    bootId: row.boot_id,
    pid: row.pid,
    parentPid: row.parent_pid,
    startTicks: row.start_ticks,
    startedAt: row.started_at,
    command: row.command,
    executable: row.executable,
    uid: row.uid,
    user: row.user,
    attribution: row.attribution,
    ...(row.container_id !== null && { containerId: row.container_id }),
    ...(row.pod_uid !== null && { podUid: row.pod_uid }),
    ...(row.image_id !== null && { imageId: row.image_id }),
  };
}
