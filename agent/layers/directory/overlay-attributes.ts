import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { systemPath, textOf } from '../path-text.ts';

/** CAP_SYS_ADMIN, capability.h. Without it the kernel neither lists nor reads `trusted.*` attributes. */
const CAP_SYS_ADMIN = 21n;
const PREFIX = 'trusted.overlay.';
/** Instead of it in mounts that no root made (`userxattr`). */
const USER_PREFIX = 'user.overlay.';

/** What overlayfs wrote on a folder. Source: Documentation/filesystems/overlayfs.rst. */
export interface OverlayMarks {
  /** Hides what lies below. */
  readonly isOpaque: boolean;
  /** Files in it may be whiteouts by attribute (`opaque=x`). */
  readonly hasFileWhiteouts: boolean;
  /** It was renamed with `redirect_dir`: what lies below comes from another path. */
  readonly isRedirected: boolean;
}

export interface OverlayAttributes {
  /** True when `trusted.*` cannot be read, so that an opaque folder may look plain. */
  readonly isBlind: boolean;
  /** `bytes`: absolute path as a byte string. Throws when the folder is gone or its file system failed. */
  ofDirectory(bytes: string): OverlayMarks;
  isFileWhiteout(bytes: string): boolean;
}

const NO_MARKS: OverlayMarks = { isOpaque: false, hasFileWhiteouts: false, isRedirected: false };
const BLIND: OverlayAttributes = { isBlind: true, ofDirectory: () => NO_MARKS, isFileWhiteout: () => false };

/**
 * Reads overlayfs's attributes where the addon for it loads. One call lists a folder's attributes (1 to 2 microseconds);
 * their values are read only where overlayfs left some. `isOfUser`: the layers are an engine's that runs without root, so
 * that `user.*` counts, too. In other layers it means nothing to the kernel, and any image may bring it along.
 */
export async function overlayAttributes(isOfUser: boolean): Promise<OverlayAttributes> {
  const addon = await loadAddon();
  if (addon === undefined) return BLIND;
  const { listAttributesSync, getAttributeSync } = addon;
  const prefixes = isOfUser ? [PREFIX, USER_PREFIX] : [PREFIX];

  function names(path: string): string[] {
    return listAttributesSync(path).filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  }

  function marks(path: string): OverlayMarks {
    const present = names(path);
    if (present.length === 0) return NO_MARKS;
    const opaque = present
      .filter((name) => name.endsWith('.overlay.opaque'))
      .map((name) => getAttributeSync(path, name)?.toString('latin1'));
    return {
      isOpaque: opaque.includes('y'),
      hasFileWhiteouts: opaque.includes('x'),
      isRedirected: present.some((name) => name.endsWith('.overlay.redirect')),
    };
  }

  return {
    isBlind: !canReadTrusted(
      readFileSync('/proc/self/status', 'latin1'),
      readFileSync('/proc/self/uid_map', 'latin1'),
    ),
    ofDirectory(bytes) {
      const path = textOf(bytes);
      return path.isWellFormed() ? marks(path) : throughDescriptor(bytes, marks);
    },
    isFileWhiteout: (bytes) => names(textOf(bytes)).some((name) => name.endsWith('.overlay.whiteout')),
  };
}

/**
 * True when a process with this `/proc/self/status` and `/proc/self/uid_map` sees `trusted.*` attributes:
 * CAP_SYS_ADMIN is in effect, and in the first user namespace, which alone maps every id to itself.
 */
export function canReadTrusted(status: string, uidMap: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  if (effective === undefined || ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 0n) return false;
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}

/** The addon takes text alone; a folder whose name is none is reached through its descriptor. */
function throughDescriptor(bytes: string, marks: (path: string) => OverlayMarks): OverlayMarks {
  const fd = openSync(systemPath(bytes), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    return marks(`/proc/self/fd/${fd}/.`);
  } finally {
    closeSync(fd);
  }
}

async function loadAddon(): Promise<typeof import('@napi-rs/xattr') | undefined> {
  try {
    return await import('@napi-rs/xattr');
  } catch {
    // No prebuilt addon for this platform: reported as blind.
    return undefined;
  }
}
