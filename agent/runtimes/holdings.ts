import type { Storage } from '../../core/cleanup/storage.ts';
import type { ImageUse } from '../../core/cleanup/uses.ts';
import type { SavedName } from './removal.ts';
import type { Runtime, RuntimeView } from './runtime.ts';

/** Something on an engine's disk that nothing refers to. Reported, not removed. */
export interface Leak {
  readonly kind: 'snapshot' | 'content' | 'lease' | 'ingest';
  /** containerd namespace; empty for Docker. */
  readonly namespace: string;
  readonly id: string;
  readonly bytes: number;
  /** A sentence. */
  readonly message: string;
}

/** All that one engine keeps and who needs it, for a cleanup plan. */
export interface RuntimeHoldings {
  readonly view: RuntimeView;
  readonly uses: readonly ImageUse[];
  /** Image IDs in it are the engine's own, as in `view`. */
  readonly storage: Storage;
  /** IDs of images with evidence in the engine that they came from a registry. */
  readonly fromRegistry: ReadonlySet<string>;
  /** IDs of images whose removal this engine can undo. */
  readonly restorable: ReadonlySet<string>;
  readonly leaks: readonly Leak[];
  /** Sentences for the operator: which of the above is not exact or told elsewhere, and why. */
  readonly notes?: readonly string[];
}

export interface HoldingsWanted {
  /** Inodes too, also where the engine does not know them and every layer must be walked once; else they are 0 there. */
  readonly inodes?: boolean;
}

/** What an engine can tell for cleanup. Reads only. Everything throws a RuntimeError when any part cannot be read. */
export interface HoldingsReader {
  holdings(signal: AbortSignal, wanted?: HoldingsWanted): Promise<RuntimeHoldings>;
  /**
   * Only who uses what: to be asked again around removals. `removed`: names that are gone, of images that are still here;
   * who uses these is told as if they still had them.
   */
  uses(signal: AbortSignal, removed?: readonly SavedName[]): Promise<readonly ImageUse[]>;
  /**
   * A text that changes with every container and every lease of others that comes or goes: quick enough to be asked right
   * before each removal. While it is the same, nobody has begun to use an image in any of the ways that engines have.
   */
  usersMark(signal: AbortSignal): Promise<string>;
}

/** An engine that tells everything. */
export interface FullRuntime extends Runtime, HoldingsReader {}
