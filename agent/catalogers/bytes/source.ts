import type { LayerFile } from '../../../core/layer.ts';

/** Bytes readable at any place: a file of a layer, part of one, or what was decompressed from one. */
export type ByteSource = Pick<LayerFile, 'size' | 'read'>;

/** Part of a source, which must lie within it. */
export function regionOf(source: ByteSource, start: number, size: number): ByteSource {
  return {
    size,
    read: (offset, length) =>
      offset >= size ? new Uint8Array(0) : source.read(start + offset, Math.min(length, size - offset)),
  };
}

/** Bytes in memory. What is read shares their memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}
