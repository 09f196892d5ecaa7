import type { CleanupError } from './cleanup-error.ts';
import type { JournalRecord } from './journal/records.ts';
import type { ApplyOrder } from './remover/apply.ts';
import type { UndoRequest, UndoResult } from './remover/finish.ts';

/** Where the short-lived process finds what it needs; nothing else is given to it. */
export interface RemoverPlaces {
  /** Sockets; absent where there is no such engine. */
  readonly containerd?: string;
  readonly docker?: string;
  /** Folder of the journals and the lock. */
  readonly folder: string;
}

/** What the process is told to do, once. It always brings runs that were cut off to an end first. */
export type RemoverOrder =
  | { readonly kind: 'apply'; readonly order: ApplyOrder }
  | { readonly kind: 'undo'; readonly runId: string; readonly request: UndoRequest }
  /** Frees what every run keeps whose grace period is over. `runId`: also this one's, before its time. */
  | { readonly kind: 'settle'; readonly runId?: string }
  | { readonly kind: 'recover' };

/** What it says, in order; the last one is an end. */
export type RemoverReport =
  | { readonly kind: 'progress'; readonly record: JournalRecord }
  | { readonly kind: 'done'; readonly undo?: UndoResult }
  | { readonly kind: 'failed'; readonly code: CleanupError['code']; readonly message: string };

export type RemoverMessage = { readonly places: RemoverPlaces; readonly order: RemoverOrder };
