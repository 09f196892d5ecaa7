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
  /** Frees what was not given back; nothing that was taken may be used any more. */
  close(): void;
}

/** From this size on a buffer is freed by hand: large ones, left to the garbage collector, pile up. */
const LARGE_BYTES = 64 * 1024;

/** The system gives a large buffer memory only as it is written to. */
export function boundedMemory(cap: number): Memory {
  let used = 0;
  let taken = 0;
  const large = new Set<ArrayBuffer>();

  return {
    cap,
    get taken() {
      return taken;
    },
    take(bytes) {
      if (used + bytes > cap) return undefined;
      used += bytes;
      taken += bytes;
      const buffer = new ArrayBuffer(bytes);
      if (bytes >= LARGE_BYTES) large.add(buffer);
      return new Uint8Array(buffer);
    },
    give(bytes) {
      used -= bytes.length;
      const { buffer } = bytes;
      if (buffer instanceof ArrayBuffer && large.delete(buffer)) buffer.transfer(0);
    },
    close() {
      for (const buffer of large) buffer.transfer(0);
      large.clear();
    },
  };
}
