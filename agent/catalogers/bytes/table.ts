import type { ByteSource } from './source.ts';

/** A stretch of a binary file in one byte order. Reading beyond its end throws a RangeError. */
export class Table {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;

  constructor(bytes: Uint8Array, littleEndian: boolean) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = littleEndian;
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.#littleEndian);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.#littleEndian);
  }

  /** Rounded beyond 2^53, where no real offset or address of a program lies. */
  u64(at: number): number {
    const [low, high] = this.#littleEndian ? [at, at + 4] : [at + 4, at];
    return this.u32(high) * 2 ** 32 + this.u32(low);
  }

  /** An address or offset of 4 or 8 bytes. */
  word(at: number, bytes: 4 | 8): number {
    return bytes === 8 ? this.u64(at) : this.u32(at);
  }

  /** Text of at most `length` bytes, up to the first NUL. */
  text(at: number, length: number): string {
    const bytes = this.bytes.subarray(at, at + length);
    const end = bytes.indexOf(0);
    return new TextDecoder('latin1').decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** Whether this ASCII text and a NUL, or the end, are at a place. */
  hasText(at: number, text: string): boolean {
    const { bytes } = this;
    if (at + text.length > bytes.length || (bytes[at + text.length] ?? 0) !== 0) return false;
    for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }
}

/** The bytes at `offset`; undefined where the source ends before them. */
export function tableAt(
  source: ByteSource,
  offset: number,
  length: number,
  littleEndian: boolean,
): Table | undefined {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > source.size) return undefined;
  const bytes = source.read(offset, length);
  return bytes.length < length ? undefined : new Table(bytes, littleEndian);
}
