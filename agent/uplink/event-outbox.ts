/** An event as it lies on the disk: the encoded `tallyman.v1.Event`, and its number, which counts whatever is in there. */
export interface OutboxEvent {
  readonly number: number;
  readonly payload: Uint8Array;
}

/** Events that wait on the node's disk until the collector has stored them. */
export interface EventOutbox {
  /** Random, made with the outbox; numbers count up within it, from 1. */
  readonly epoch: string;
  /**
   * At the begin of a session: the collector has this epoch's events up to this number. False when that cannot be, as
   * with a disk that was put back from an old copy: the outbox goes on under another epoch, and so must the session.
   */
  confirm(storedUpTo: number): boolean;
  /**
   * The next events after a number, in order: at most so many, and of at most so many bytes together, but the first
   * whatever its size. Empty when none waits, or those that do are to be asked for again later.
   */
  pending(afterNumber: number, maxItems: number, maxBytes: number): readonly OutboxEvent[];
  /** The collector stored all events of this epoch up to this number: they wait no longer. A full disk is no error here. */
  acknowledge(epoch: string, upTo: number): void;
  /** How many wait. */
  count(): number;
}
