import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TarEntry } from './tar-writer.ts';

/** Everything below `root` as tar entries, sorted by name; devices and sockets are left out. */
export function directoryEntries(root: string, prefix = ''): TarEntry[] {
  const entries: TarEntry[] = [];
  const pending = [''];
  while (pending.length > 0) {
    const directory = pending.pop() ?? '';
    for (const name of readdirSync(join(root, directory)).sort()) {
      const relative = directory === '' ? name : `${directory}/${name}`;
      const entry = entryOf(join(root, relative), prefix + relative);
      if (entry === undefined) continue;
      entries.push(entry);
      if (entry.type === 'directory') pending.push(relative);
    }
  }
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function entryOf(file: string, path: string): TarEntry | undefined {
  const stat = lstatSync(file);
  const owner = {
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    mtime: Math.floor(stat.mtimeMs / 1000),
  };
  if (stat.isDirectory()) return { path, type: 'directory', ...owner };
  if (stat.isSymbolicLink()) return { path, type: 'symlink', target: readlinkSync(file), ...owner };
  if (stat.isFile()) return { path, content: readFileSync(file), ...owner };
  return undefined;
}
