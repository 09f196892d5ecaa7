import { cgroupRootOf } from '../../core/cgroup.ts';
import type { CgroupRoot } from '../../core/cgroup.ts';
import { readProcLink } from './proc-reader.ts';
import type { ProcReader } from './proc-reader.ts';
import { parseStat } from './proc-text.ts';

/** How the node's own namespaces look from here. */
export interface NodeView {
  readonly cgroupRoot: CgroupRoot;
  /** As the kernel prints it, `mnt:[<inode>]`; absent when out of reach. */
  readonly mountNamespace?: string;
  /** Whether kernel threads are visible, and with them every process of the node. */
  readonly wholeNode: boolean;
}

/** Inode of the first cgroup namespace: PROC_CGROUP_INIT_INO of the kernel's include/linux/proc_ns.h. */
const FIRST_CGROUP_NAMESPACE = 'cgroup:[4026531835]';
/** PID of kthreadd, which starts in the node's mount namespace and never leaves the root of any cgroup hierarchy. */
const KTHREADD = 2;

export function viewNode(procRoot: string, reader: ProcReader): NodeView {
  const stat = reader.read(`${procRoot}/${KTHREADD}/stat`);
  const wholeNode = typeof stat !== 'string' && parseStat(stat)?.kernelThread === true;
  const mountNamespace =
    linkOf(`${procRoot}/1/ns/mnt`) ?? (wholeNode ? linkOf(`${procRoot}/${KTHREADD}/ns/mnt`) : undefined);
  return {
    cgroupRoot: cgroupRoot(procRoot, reader, wholeNode),
    wholeNode,
    ...(mountNamespace === undefined ? {} : { mountNamespace }),
  };
}

/** Whether a process (`self`, or a number) sees the node's mounts. */
export function mountsOf(
  procRoot: string,
  process: number | 'self',
  node: NodeView,
): 'node' | 'other' | 'unknown' {
  const own = node.mountNamespace === undefined ? undefined : linkOf(`${procRoot}/${process}/ns/mnt`);
  if (own === undefined) return 'unknown';
  return own === node.mountNamespace ? 'node' : 'other';
}

function cgroupRoot(procRoot: string, reader: ProcReader, wholeNode: boolean): CgroupRoot {
  if (linkOf(`${procRoot}/self/ns/cgroup`) === FIRST_CGROUP_NAMESPACE) return 'absolute';
  if (wholeNode) return cgroupRootOf(textOf(`${procRoot}/${KTHREADD}/cgroup`, reader));
  // A node that is a container itself (kind) shows no kernel threads, but has a systemd of its own at its root.
  const first = textOf(`${procRoot}/1/cgroup`, reader);
  return /\/init\.scope$/m.test(first) ? cgroupRootOf(first) : 'unknown';
}

function linkOf(path: string): string | undefined {
  const link = readProcLink(path);
  return typeof link === 'string' ? undefined : link.target;
}

function textOf(path: string, reader: ProcReader): string {
  const bytes = reader.read(path);
  return typeof bytes === 'string' ? '' : bytes.toString('utf8');
}
