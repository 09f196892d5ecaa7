import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file whole or not at all: beside it, to the disk, then renamed into place. Of several who do at once, the last counts.
 * It has this mode from its first byte on, so a secret is never readable in between.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  // Not by our process ID, which in a container is that of whoever ended in the midst of it as well.
  const beside = `${path}.${randomBytes(8).toString('hex')}.new`;
  const file = await open(beside, 'wx', mode);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
