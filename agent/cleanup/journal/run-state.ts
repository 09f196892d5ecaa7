import type { Space } from '../../../core/cleanup/storage.ts';
import type { Quarantine, SavedName } from '../../runtimes/removal.ts';
import type { ImageStatus, JournalRecord, PlannedRemoval, RunBeginning } from './records.ts';

export interface ImageRun extends PlannedRemoval {
  /** `planned`: nothing was done yet. `removing`, `freeing`, `restoring`: begun, and its end is not known. */
  readonly status: ImageStatus | 'planned' | 'removing' | 'freeing' | 'restoring';
  readonly reason?: string;
  /** What its names were, once something was about to be done to them. */
  readonly saved: readonly SavedName[];
  readonly leases: readonly Quarantine[];
  readonly measured?: Space;
  /** Who asked for it to be brought back, and why. */
  readonly undo?: { readonly issuer: string; readonly reason: string };
}

/** A run as its journal tells it. */
export interface RunState extends Omit<RunBeginning, 'images'> {
  /** ms since the epoch. */
  readonly begunAt: number;
  /** When the last thing was written down. */
  readonly changedAt: number;
  readonly endedAt?: number;
  /** Absent while it goes on, or when it was cut off. */
  readonly outcome?: 'done' | 'partial' | 'failed' | 'interrupted';
  readonly reason?: string;
  readonly images: readonly ImageRun[];
}

/** Undefined when the journal does not even tell that a run began: then nothing was done. */
export function runState(records: readonly JournalRecord[]): RunState | undefined {
  const [first, ...rest] = records;
  if (first?.kind !== 'begun') return undefined;
  const { kind: _, version: __, at, images, ...beginning } = first;
  const byId = new Map<string, ImageRun>(
    images.map((image) => [image.imageId, { ...image, status: 'planned', saved: [], leases: [] }]),
  );
  let run: Omit<RunState, 'images'> = { ...beginning, begunAt: at, changedAt: at };
  const change = (imageId: string, what: Partial<ImageRun>): void => {
    const image = byId.get(imageId);
    if (image !== undefined) byId.set(imageId, { ...image, ...what });
  };
  for (const record of rest) {
    run = { ...run, changedAt: record.at };
    switch (record.kind) {
      case 'begun':
        break;
      case 'removing':
        change(record.imageId, { status: 'removing', saved: record.names, leases: record.leases });
        break;
      case 'image-ended': {
        const { imageId, status, reason } = record;
        change(imageId, { status, ...(reason !== undefined && { reason }) });
        break;
      }
      case 'freeing':
        for (const imageId of record.imageIds) change(imageId, { status: 'freeing' });
        break;
      case 'restoring': {
        const { imageId, issuer, reason } = record;
        change(imageId, { status: 'restoring', undo: { issuer, reason } });
        break;
      }
      case 'restored':
        change(record.imageId, { status: 'restored', reason: record.reason });
        break;
      case 'freed':
        for (const { imageId, measured } of record.images) {
          change(imageId, { measured: plus(byId.get(imageId)?.measured, measured) });
          if (!record.isReleased || !isKept(byId.get(imageId)?.status)) continue;
          change(imageId, { status: 'deleted', leases: [] });
        }
        break;
      case 'ended':
        run = {
          ...run,
          endedAt: record.at,
          outcome: record.outcome,
          ...(record.reason !== undefined && { reason: record.reason }),
        };
    }
  }
  return { ...run, images: [...byId.values()] };
}

function plus(one: Space | undefined, other: Space): Space {
  return one === undefined ? other : { bytes: one.bytes + other.bytes, inodes: one.inodes + other.inodes };
}

function isKept(status: ImageRun['status'] | undefined): boolean {
  return status === 'quarantined' || status === 'freeing';
}

/** It was cut off: its own end is not known, or that of something done to its images later. */
export function isUnfinished({ outcome, images }: RunState): boolean {
  return outcome === undefined || images.some(({ status }) => status === 'freeing' || status === 'restoring');
}

/** Images whose removal can still be undone. */
export function quarantined(run: RunState): readonly ImageRun[] {
  return run.images.filter(({ status }) => status === 'quarantined');
}

/** When the grace period of what is quarantined ends, ms since the epoch; undefined when nothing is. */
export function graceEnds(run: RunState): number | undefined {
  return quarantined(run).length === 0 ? undefined : run.begunAt + run.graceMs;
}
