import type { Engine, ImageName } from '../../core/inventory.ts';

/** A name of an image with all that is needed to make it again. Plain data: it goes to the journal before any removal. */
export interface SavedName extends ImageName {
  /** containerd's record: labels, and the target's media type and size. Absent for Docker. */
  readonly record?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly mediaType: string;
    readonly size: number;
    /** The target's. */
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** What became of one name. */
export type NameRemoval =
  | { readonly kind: 'removed' }
  /** It was not there any more. */
  | { readonly kind: 'gone' }
  /** It points elsewhere by now: another image has it, and keeps it. */
  | { readonly kind: 'changed'; readonly target: string }
  /** The engine refuses: something uses the image. */
  | { readonly kind: 'in-use'; readonly message: string };

/** A lease of ours that keeps a removed image until its grace period ends. */
export interface Quarantine {
  readonly namespace: string;
  /** Stands in a label of the lease, so that storage can tell whose it is. */
  readonly imageId: string;
  /** Chosen by us and written down before it is made, so that a crash leaves nothing unknown. */
  readonly leaseId: string;
  /** ms since the epoch: when it is void if we never come back. */
  readonly expiresAt: number;
}

/**
 * The calls of one engine that remove images, and those that bring them back. Only the short-lived process of a cleanup
 * run has them. Each throws a RuntimeError when the engine does not answer or refuses for another reason than those named.
 */
export interface Removal {
  readonly id: Engine['id'];
  /**
   * What the names are right now, and every other name that points at what one of them was to point at; those that do not
   * exist are left out.
   */
  save(names: readonly ImageName[], signal: AbortSignal): Promise<readonly SavedName[]>;
  /** Removes a name if it still points at its target. `isLast`: wait until the engine has collected what it held. */
  remove(name: SavedName, isLast: boolean, signal: AbortSignal): Promise<NameRemoval>;
  /** Absent where the engine has no such thing. */
  readonly quarantine?: QuarantineCalls;
  /**
   * Makes names again of an image that is still there under another; a name that points elsewhere meanwhile stays as it
   * is. Answers those that are not there again. Absent where the quarantine does it.
   */
  giveBack?(names: readonly SavedName[], signal: AbortSignal): Promise<readonly ImageName[]>;
  close(): Promise<void>;
}

export interface QuarantineCalls {
  /** Makes the lease and has it keep these digests with all below them. To be called before any name is removed. */
  keep(quarantine: Quarantine, digests: readonly string[], signal: AbortSignal): Promise<void>;
  /** Makes the names again, as they were saved. A name that points elsewhere meanwhile stays as it is and is answered. */
  restore(names: readonly SavedName[], signal: AbortSignal): Promise<readonly ImageName[]>;
  /**
   * Gives the lease back. `isLast`: wait until the engine has collected what the leases given back until then held.
   * One that is gone is no error.
   */
  release(quarantine: Quarantine, isLast: boolean, signal: AbortSignal): Promise<void>;
}
