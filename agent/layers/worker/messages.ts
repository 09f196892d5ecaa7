import type { CatalogerFacts } from '../../../core/facts.ts';
import type { DiffId } from '../../../core/layer.ts';
import type { LowPriority } from '../../../platform/priority.ts';
import type { LayerErrorCode } from '../layer-error.ts';
import type { LayerLimits, LayerProblem } from '../layer-source.ts';
import type { StoredLocation } from '../location.ts';
import type { MessagePort } from 'node:worker_threads';
import type { PackedFacts, PackedIndex, PackedLayer } from './pack.ts';

/** What the thread starts with. */
export interface WorkerData {
  /** It gives way to others, and stops there; see `passageOf`. */
  readonly gate?: SharedArrayBuffer;
  /** It has the process prefer little memory again, as soon as its own modules are there. */
  readonly littleMemory: boolean;
}

/** What the worker is asked to do. One job at a time; the next is sent when this one is answered. */
export type JobMessage = ScanMessage | ComposeMessage;

export interface ScanMessage {
  readonly kind: 'scan';
  /** `packed`: as it is kept, made in the thread, so that the asking side has nothing to do with it. */
  readonly answer: 'plain' | 'packed';
  readonly diffId: DiffId;
  /** A port to a blob that the asking side opens: see `serveBlob`. */
  readonly location: StoredLocation | { readonly kind: 'port'; readonly port: MessagePort };
  /** Ids of the catalogers to run. */
  readonly catalogers: readonly string[];
  /** The encoded index of an earlier scan: read only what the catalogers want, with no walk. */
  readonly storedIndex?: Uint8Array;
  /** True when that is compressed. */
  readonly isCompressed?: boolean;
  readonly verify: boolean;
  readonly limits: LayerLimits;
}

/** Layers to be merged, base first. */
export interface ComposeMessage {
  readonly kind: 'compose';
  readonly layers: readonly PackedLayer[];
}

/** Said once by a thread that gives way, before any answer. */
export interface StartedMessage {
  readonly kind: 'started';
  readonly priority: LowPriority;
}

export type AnswerMessage =
  | {
      readonly kind: 'done';
      /** Absent when the job came with one. */
      readonly encodedIndex?: Uint8Array<ArrayBuffer>;
      readonly facts: readonly CatalogerFacts[];
      readonly problems: readonly LayerProblem[];
    }
  | {
      readonly kind: 'packed';
      /** Absent when the job came with one. */
      readonly index?: PackedIndex;
      readonly facts: readonly PackedFacts[];
      readonly problems: readonly LayerProblem[];
    }
  /** A composition as JSON, compressed. */
  | { readonly kind: 'composed'; readonly compressed: Uint8Array }
  | { readonly kind: 'failed'; readonly code: LayerErrorCode; readonly message: string };
