/** Buffers for what is caught of passing files, up to a cap in all. */
export interface Memory {
  /** Bytes. */
  readonly cap: number;
  /** Bytes ever given out. */
  readonly taken: number;
  /** `undefined` when this much is not to be had now. */
  take(bytes: number): Uint8Array | undefined;
  /** Takes back what `take` gave. Its bytes must not be used any more. */
  give(buffer: Uint8Array): void;
  /** Frees the kept buffer; nothing that was taken may be used any more. */
  close(): void;
}

/** From this size on a buffer is cut from one that is kept: large ones, left to the garbage collector, pile up. */
const SHARED_BYTES = 256 * 1024;

/** `shared`: bytes of the kept buffer. The system gives it memory only as it is written to. */
export function boundedMemory(cap: number, shared: number): Memory {
  let used = 0;
  let taken = 0;
  let kept: ArrayBuffer | undefined;
  let isKeptFree = true;
  return {
    cap,
    get taken() {
      return taken;
    },
    take(bytes) {
      if (used + bytes > cap) return undefined;
      used += bytes;
      taken += bytes;
      if (bytes < SHARED_BYTES || bytes > shared || !isKeptFree) return new Uint8Array(bytes);
      kept ??= new ArrayBuffer(shared);
      isKeptFree = false;
      return new Uint8Array(kept, 0, bytes);
    },
    give(buffer) {
      used -= buffer.length;
      if (buffer.buffer === kept) isKeptFree = true;
    },
    close() {
      kept?.transfer(0);
      kept = undefined;
    },
  };
}
