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
}

/** From this size on a buffer is worth keeping for the next file: large ones are slow to come and slow to go. */
const KEPT_BYTES = 256 * 1024;

export function boundedMemory(cap: number): Memory {
  let used = 0;
  let taken = 0;
  let spare: Uint8Array | undefined;
  return {
    cap,
    get taken() {
      return taken;
    },
    take(bytes) {
      if (used + bytes > cap) return undefined;
      used += bytes;
      taken += bytes;
      if (spare !== undefined && spare.length >= bytes && bytes >= KEPT_BYTES) {
        const part = spare.subarray(0, bytes);
        spare = undefined;
        return part;
      }
      return new Uint8Array(bytes);
    },
    give(buffer) {
      used -= buffer.length;
      const whole = new Uint8Array(buffer.buffer);
      if (whole.length >= KEPT_BYTES && whole.length > (spare?.length ?? 0)) spare = whole;
    },
  };
}
