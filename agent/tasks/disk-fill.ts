import { statfs } from 'node:fs/promises';
import type { DiskFill } from '../../core/cleanup/plan.ts';

/** Of the fullest of the file systems that these folders are on; those that do not exist are passed over. */
export async function fullestDisk(folders: readonly string[]): Promise<DiskFill | undefined> {
  const fills = await Promise.all(folders.map(fillOf));
  const known = fills.filter((fill) => fill !== undefined);
  return known.toSorted((a, b) => share(b) - share(a))[0];
}

/** As df(1) counts: what is kept for root is used up for everybody else. */
async function fillOf(folder: string): Promise<DiskFill | undefined> {
  try {
    const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(folder);
    const used = (blocks - bfree) * bsize;
    return { bytes: { used, total: used + bavail * bsize }, inodes: { used: files - ffree, total: files } };
  } catch {
    return undefined;
  }
}

function share({ bytes, inodes }: DiskFill): number {
  return Math.max(bytes.used / Math.max(1, bytes.total), inodes.used / Math.max(1, inodes.total));
}
