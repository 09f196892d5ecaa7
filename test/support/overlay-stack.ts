import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needsRoot } from './requirements.ts';

/** As layers are kept: folders are not renamed by redirection, files are copied up whole. */
const OPTIONS = 'index=off,redirect_dir=off,metacopy=off';

/** Overlay mounts on each other, each layer's changes kept in a folder of its own. */
export interface OverlayStack {
  /** Folders that hold what each layer changed, base first. */
  readonly uppers: readonly string[];
  /** Mounts another layer on top, lets `change` work in the merged tree, and unmounts it. */
  grow(change: (merged: string) => Promise<void>): Promise<void>;
}

/** `false` where overlayfs can be mounted; else the reason to skip, such as a container that is on an overlay itself. */
export async function needsOverlay(): Promise<false | string> {
  const notRoot = needsRoot();
  if (notRoot !== false) return notRoot;
  try {
    await inMemoryFolder((folder) => overlayStack(folder).grow(async () => undefined));
    return false;
  } catch (error) {
    return `needs overlayfs: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Calls `run` with a folder in memory, where mounts need not wait for a disk; nothing is left of it. Needs root. */
export async function inMemoryFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-stack-'));
  const options = ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', folder];
  if (spawnSync('mount', options).status !== 0) throw new Error('nothing can be mounted here');
  try {
    await run(folder);
  } finally {
    spawnSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  }
}

/** Begins with nothing, in an empty folder that the caller removes. Needs root. */
export function overlayStack(folder: string): OverlayStack {
  const uppers: string[] = [];
  mkdirSync(join(folder, 'empty'));

  function mount(layer: string): void {
    const lower = [...uppers.toReversed(), join(folder, 'empty')].join(':');
    const directories = `lowerdir=${lower},upperdir=${layer}/upper,workdir=${layer}/work`;
    const { status, stderr } = spawnSync(
      'mount',
      ['-t', 'overlay', 'overlay', '-o', `${directories},${OPTIONS}`, join(layer, 'merged')],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`overlayfs cannot be mounted here: ${stderr}`);
  }

  return {
    uppers,
    async grow(change) {
      const layer = join(folder, String(uppers.length));
      for (const name of ['upper', 'work', 'merged']) mkdirSync(join(layer, name), { recursive: true });
      mount(layer);
      try {
        await change(join(layer, 'merged'));
      } finally {
        spawnSync('umount', [join(layer, 'merged')]);
      }
      uppers.push(join(layer, 'upper'));
    },
  };
}
