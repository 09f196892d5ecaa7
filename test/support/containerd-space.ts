import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Space } from '../../core/cleanup/storage.ts';
import type { TestContainerd } from './containerd.ts';

/** What containerd keeps, as its own folder and its own command tell it. Active snapshots count as well. */
export async function spaceOf(engine: TestContainerd): Promise<Space> {
  let [bytes, inodes] = [0, 0];
  const blobs = join(engine.root, 'io.containerd.content.v1.content/blobs/sha256');
  for (const file of await readdir(blobs).catch(() => [])) {
    bytes += (await stat(join(blobs, file))).size;
    inodes += 1;
  }
  const namespaces = (await engine.ctr('namespaces', 'list', '--quiet')).split('\n').filter(Boolean);
  for (const namespace of namespaces) {
    const [, ...rows] = (await engine.ctr('--namespace', namespace, 'snapshots', 'usage', '-b')).split('\n');
    for (const row of rows) {
      const [, size, count] = row.trim().split(/\s+/);
      bytes += Number(size);
      inodes += Number(count);
    }
  }
  return { bytes, inodes };
}

/** Has containerd collect what nothing refers to, such as what an import leaves behind. */
export async function collect(engine: TestContainerd): Promise<void> {
  await engine.ctr('leases', 'create', '--id', 'collect');
  await engine.ctr('leases', 'delete', '--sync', 'collect');
}

/** Removes every container, image and lease of every namespace, and what they held. */
export async function empty(engine: TestContainerd): Promise<void> {
  const list = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await engine.ctr(...args, '--quiet')).split('\n').filter(Boolean);
  for (const namespace of await list('namespaces', 'list')) {
    const within = ['--namespace', namespace];
    for (const task of await list(...within, 'tasks', 'list')) {
      await engine.ctr(...within, 'tasks', 'delete', '--force', task);
    }
    for (const kind of ['containers', 'images', 'leases']) {
      const all = await list(...within, kind, 'list');
      if (all.length > 0) await engine.ctr(...within, kind, 'delete', ...all);
    }
  }
  await collect(engine);
}

/** What has gone since. */
export function freedSince(before: Space, after: Space): Space {
  return { bytes: before.bytes - after.bytes, inodes: before.inodes - after.inodes };
}
