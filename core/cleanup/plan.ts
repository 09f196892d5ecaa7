import type { Image, ImageName } from '../inventory.ts';
import type { CleanupPolicy } from './policy.ts';
import type { Space } from './storage.ts';
import type { ImageUse } from './uses.ts';

/** What is known of an image's time on this node, in node time: see NodeTime. */
export interface ImageAge {
  readonly ageMs: number;
  /** Since it was last seen in use, or since it was first seen. */
  readonly unusedMs: number;
  /** False: never seen in use. */
  readonly wasUsed: boolean;
}

/** Fill of a disk that engines keep images on. */
export interface DiskFill {
  readonly bytes: { readonly used: number; readonly total: number };
  readonly inodes: { readonly used: number; readonly total: number };
}

/** How an image's names can be brought back after its removal. */
export type Undo =
  /** A lease keeps everything until the grace period ends. */
  | 'restore'
  /** The engine has no such thing; the image can be pulled again. */
  | 'pull'
  /** Neither: only where the policy allows unpullable images. */
  | 'none';

/** An image of the node with all that bears on its removal. */
export interface CleanupImage extends Image {
  readonly uses: readonly ImageUse[];
  /** Absent: never seen before this moment, therefore new. */
  readonly age?: ImageAge;
  /** There is evidence in the engine that it came from a registry. */
  readonly isPullable: boolean;
  readonly canRestore: boolean;
  /** Sentences: what keeps us from knowing all about it, such as content that cannot be read. */
  readonly unknowns: readonly string[];
}

/** Why an image stays or goes. The first reason of a list is the one that decides. */
export type Reason =
  | { readonly kind: 'used'; readonly uses: readonly ImageUse[] }
  | { readonly kind: 'protected'; readonly name: string; readonly pattern: string }
  | { readonly kind: 'not-meant'; readonly name: string }
  | { readonly kind: 'unknown'; readonly what: string }
  | { readonly kind: 'unpullable' }
  | { readonly kind: 'young'; readonly ageMs: number; readonly minimumMs: number }
  | {
      readonly kind: 'recently-used';
      readonly unusedMs: number;
      readonly neededMs: number;
      readonly wasUsed: boolean;
    }
  | { readonly kind: 'newest'; readonly repository: string; readonly keepNewest: number }
  | { readonly kind: 'no-verdict' }
  | { readonly kind: 'disk-enough' }
  /** The plan as a whole removes nothing: its refusals say why. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'limit'; readonly limit: 'images' | 'bytes' }
  /** For removal. */
  | {
      readonly kind: 'unused';
      readonly unusedMs: number;
      readonly wasUsed: boolean;
      /** Images of the same repository that are younger here. */
      readonly newer: number;
    }
  | { readonly kind: 'verdict'; readonly reason: string };

export interface PlanItem {
  readonly imageId: string;
  readonly action: 'remove' | 'keep';
  readonly reasons: readonly Reason[];
  /** Every name in every engine and namespace; removal takes them all. */
  readonly names: readonly ImageName[];
  /** Every digest that an engine may call it by: its config's, its manifests', its names' targets. */
  readonly digests: readonly string[];
  /** What only this image holds. */
  readonly exclusive: Space;
  readonly undo: Undo;
}

/** What would go and what stays. A plan holds for the state of the node that it was made from. */
export interface CleanupPlan {
  /** Hash over all that follows but `createdAt`; hex. */
  readonly id: string;
  readonly node: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  /** As the node's ceilings let it be. */
  readonly policy: CleanupPolicy;
  /** Hash over images, names and uses; hex. Another state has another. */
  readonly stateHash: string;
  /** In order of removal, then what stays. */
  readonly items: readonly PlanItem[];
  /** What all removals free together: more than their exclusive parts where they share layers with each other. */
  readonly frees: Space;
  readonly disk?: DiskFill;
  /** Sentences: why nothing is removed at all, when that is so. */
  readonly refusals: readonly string[];
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
}
