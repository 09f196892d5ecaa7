import { open } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;

/**
 * A whole file of at most so many bytes. No more is read whatever the path leads to: disks and pipes have a size of 0 by
 * stat(2). Throws an Error when there is more, or as `open` does.
 */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const parts: Buffer[] = [];
    for (let total = 0; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK_BYTES));
      if (bytesRead === 0) return Buffer.concat(parts);
      total += bytesRead;
      if (total > maxBytes) throw new Error(`it is larger than ${maxBytes} bytes`);
      parts.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
