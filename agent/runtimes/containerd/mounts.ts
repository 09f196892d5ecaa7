/** One mount that containerd says would make a snapshot's root, as its API answers it. */
export interface SnapshotMount {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/**
 * The layers' directories behind a read-only overlay snapshot, base first; `undefined` when the mounts are not
 * of a kind we can take apart. Source: overlayfs in the kernel's documentation: `lowerdir` is a list separated
 * by colons, the topmost first. Over a single layer containerd's snapshotter answers a bind mount.
 */
export function overlayDirectories(mounts: readonly SnapshotMount[]): readonly string[] | undefined {
  const [mount] = mounts;
  if (mount === undefined || mounts.length !== 1) return undefined;
  if (mount.type === 'bind') return absolute([mount.source]);
  if (mount.type !== 'overlay') return undefined;
  // Marks would be in `user.overlay.*` then, which mean nothing to the kernel that runs us.
  if (mount.options.includes('userxattr')) return undefined;
  const lower = mount.options.filter((option) => option.startsWith('lowerdir='));
  const [list] = lower;
  // A backslash would escape a colon; containerd never writes one.
  if (list === undefined || lower.length !== 1 || list.includes('\\')) return undefined;
  return absolute(list.slice('lowerdir='.length).split(':').reverse());
}

/** The full tree behind a read-only snapshot of the `native` snapshotter. */
export function nativeDirectory(mounts: readonly SnapshotMount[]): string | undefined {
  const [mount] = mounts;
  if (mount?.type !== 'bind' || mounts.length !== 1) return undefined;
  return absolute([mount.source])?.[0];
}

function absolute(paths: readonly string[]): readonly string[] | undefined {
  return paths.every((path) => path.startsWith('/')) ? paths : undefined;
}
