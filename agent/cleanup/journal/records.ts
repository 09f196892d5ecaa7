import type { Space } from '../../../core/cleanup/storage.ts';
import type { Quarantine, SavedName } from '../../runtimes/removal.ts';

/** Who asked for a run, and by which plan. */
export interface RunBeginning {
  /** Also the receipt's ID: letters, digits and hyphens. */
  readonly runId: string;
  readonly planId: string;
  readonly node: string;
  /** `root on this node`, `collector command 17`, `schedule`. */
  readonly issuer: string;
  /** The command that ordered it; absent when nobody but this node did. */
  readonly commandId?: string;
  readonly graceMs: number;
  /** Longest that removing may take; absent means no bound. */
  readonly maxSeconds?: number;
  /** Sentences of the plan that was made anew for it, such as that the clock was set; absent when there is none. */
  readonly warnings?: readonly string[];
  /** What all are predicted to free together. */
  readonly predicted: Space;
  readonly images: readonly PlannedRemoval[];
}

export interface PlannedRemoval {
  readonly imageId: string;
  readonly names: readonly string[];
  /** Why it goes, in words. */
  readonly why: string;
  /** What it frees in this order, after those before it. */
  readonly predicted: Space;
}

/** What became of one image. */
export type ImageStatus =
  /** Its names are gone, a lease keeps the rest until the grace period ends. */
  | 'quarantined'
  | 'deleted'
  /** Only some of its names could be removed. */
  | 'untagged'
  /** Left alone, as the reason says. */
  | 'skipped'
  /** Somebody began to use it while we were at it: brought back, or never touched. */
  | 'raced'
  /** The engine says that it is in use. */
  | 'conflict'
  | 'failed'
  /** The engine said yes, and the image is still there. */
  | 'failed-silently'
  /** Brought back. */
  | 'restored';

/** One line of a run's journal. `at`: ms since the epoch. Written, and on disk, before what it tells of is done. */
export type JournalRecord = { readonly at: number } & (
  | ({ readonly kind: 'begun'; readonly version: 1 } & RunBeginning)
  /** About to remove these names under these leases. */
  | {
      readonly kind: 'removing';
      readonly imageId: string;
      readonly names: readonly SavedName[];
      readonly leases: readonly Quarantine[];
    }
  | {
      readonly kind: 'image-ended';
      readonly imageId: string;
      readonly status: ImageStatus;
      /** A sentence; absent when there is nothing to say. */
      readonly reason?: string;
    }
  /** No more images are removed in this run. */
  | {
      readonly kind: 'ended';
      readonly outcome: 'done' | 'partial' | 'failed' | 'interrupted';
      readonly reason?: string;
    }
  /** About to give back what keeps these images: they cannot be brought back any more. */
  | { readonly kind: 'freeing'; readonly imageIds: readonly string[] }
  /** What these images held is gone from the disk. `isReleased`: their leases are given back, nothing is kept any more. */
  | {
      readonly kind: 'freed';
      readonly isReleased: boolean;
      readonly images: readonly { readonly imageId: string; readonly measured: Space }[];
    }
  /** About to make the names of an image again. */
  | { readonly kind: 'restoring'; readonly imageId: string; readonly issuer: string; readonly reason: string }
  /** Names of an image that was gone are there again. */
  | { readonly kind: 'restored'; readonly imageId: string; readonly issuer: string; readonly reason: string }
);
