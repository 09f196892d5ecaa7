/** One line of /proc/<pid>/mountinfo. Source: proc_pid_mountinfo(5). */
export interface Mount {
  /** Byte string. */
  readonly point: string;
  /** `major:minor`. */
  readonly device: string;
  readonly type: string;
}

/** File systems that hold a host's own files. All others are the kernel's, a network's, a container's or short-lived. */
const ON_DISK = new Set([
  'bcachefs',
  'btrfs',
  'erofs',
  'ext2',
  'ext3',
  'ext4',
  'f2fs',
  'jfs',
  'reiserfs',
  'xfs',
  'zfs',
]);

/** File systems that hold nothing anyone installed: not worth a word. */
const KERNEL = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs proc ' +
    'pstore rpc_pipefs securityfs selinuxfs sysfs tracefs'
  ).split(' '),
);

/** `text` read as Latin-1, so that points are byte strings. */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , device, , point] = before.split(' ');
    const [type] = after.split(' ');
    if (device === undefined || point === undefined || type === undefined) continue;
    mounts.push({ point: unescape(point), device, type });
  }
  return mounts;
}

/**
 * Mount points below `root` to stay out of, each with what to say of it, if anything. Entered are only further disks,
 * each once: a bind mount would show the same files again.
 */
export function closedMounts(mounts: readonly Mount[], root: string): Map<string, string | undefined> {
  const closed = new Map<string, string | undefined>();
  const prefix = root === '/' ? '/' : `${root}/`;
  const seen = new Set([deviceOf(mounts, root)]);
  for (const { point, device, type } of mounts) {
    if (!point.startsWith(prefix) || point === '/') continue;
    const isFurtherDisk = ON_DISK.has(type) && !seen.has(device);
    seen.add(device);
    // A later mount at the same point covers an earlier one.
    if (isFurtherDisk) closed.delete(point);
    else closed.set(point, KERNEL.has(type) ? undefined : `another mount (${type}), not entered`);
  }
  return closed;
}

function deviceOf(mounts: readonly Mount[], path: string): string | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const covers = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (covers && mount.point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best?.device;
}

/** Spaces, tabs, newlines and backslashes are written in octal. */
function unescape(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
