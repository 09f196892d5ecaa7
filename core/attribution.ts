import { readCgroup } from './cgroup.ts';
import type { CgroupContainer, CgroupReading, CgroupRoot } from './cgroup.ts';
import type { Container, Process } from './inventory.ts';

/** A process as the kernel shows it, before anyone says whose it is. */
export interface ProcessRecord extends Omit<
  Process,
  'user' | 'attribution' | 'containerId' | 'podUid' | 'imageId'
> {
  /** True when the kernel says the executable's file is deleted; a file whose own name ends in ` (deleted)` looks the same. */
  readonly executableDeleted: boolean;
  readonly kernelThread: boolean;
  /** The text of its cgroup file; empty when unreadable. */
  readonly cgroup: string;
  /** It lives in a PID namespace below the one it was read from. */
  readonly nestedPidNamespace: boolean;
  /** Whether it sees the node's own mounts; `unknown` where not read or not readable. */
  readonly mountNamespace: 'node' | 'other' | 'unknown';
}

export interface AttributionContext {
  readonly cgroupRoot: CgroupRoot;
  /** The node's name for a user ID. */
  userName(uid: number): string | undefined;
}

interface Place {
  readonly attribution: Process['attribution'];
  readonly containerId?: string;
  readonly podUid?: string;
  readonly imageId?: string;
}

const nowhere: Place = { attribution: 'unknown' };
const onHost: Place = { attribution: 'host' };

/**
 * Says of each process which container, pod and image it belongs to.
 *
 * The cgroup decides, for the kernel writes it. Engines vouch for what it names: a name below another container's
 * cgroup counts only when that container's init process lives there too, since whoever controls a cgroup can make
 * sub-groups of any name. Init processes decide where the cgroup says nothing. What is not certain is `unknown`.
 */
export function attribute(
  records: readonly ProcessRecord[],
  containers: readonly Container[],
  context: AttributionContext,
): Process[] {
  const known = indexContainers(records, containers, context.cgroupRoot);
  return records.map((record) => toProcess(record, placeOf(record, known), context));
}

interface Known {
  readonly byId: ReadonlyMap<string, Container>;
  /** Keyed `/<namespace>/<id>`, the cgroup that containerd's own client makes. */
  readonly byPath: ReadonlyMap<string, Container>;
  /** Init process of each container, when it is in the listing. */
  readonly inits: ReadonlyMap<string, ProcessRecord>;
  /** The nearest container init at or above each process. */
  initAbove(pid: number): { readonly init: ProcessRecord; readonly container: Container } | undefined;
  /** The one container whose init has exactly this cgroup text. */
  readonly byCgroup: ReadonlyMap<string, Container | 'several'>;
  read(cgroup: string): CgroupReading;
}

function indexContainers(
  records: readonly ProcessRecord[],
  containers: readonly Container[],
  root: CgroupRoot,
): Known {
  const readings = new Map<string, CgroupReading>();
  const byPid = new Map(records.map((record) => [record.pid, record]));
  const byId = new Map<string, Container>();
  const byPath = new Map<string, Container>();
  const byInit = new Map<number, Container>();
  const inits = new Map<string, ProcessRecord>();
  const byCgroup = new Map<string, Container | 'several'>();

  function read(cgroup: string): CgroupReading {
    const before = readings.get(cgroup);
    if (before !== undefined) return before;
    const reading = readCgroup(cgroup, root);
    readings.set(cgroup, reading);
    return reading;
  }

  for (const container of containers) {
    // Docker's containers also show in containerd's `moby` namespace, without their image.
    const other = byId.get(container.id);
    if (other === undefined || (other.imageId === undefined && container.imageId !== undefined)) {
      byId.set(container.id, container);
    }
    if (container.namespace !== '') byPath.set(`/${container.namespace}/${container.id}`, container);
  }
  for (const container of containers) {
    const init = container.pid === undefined ? undefined : byPid.get(container.pid);
    const chosen = byId.get(container.id);
    if (init === undefined || chosen === undefined) continue;
    inits.set(container.id, init);
    if (!isolated(init, read(init.cgroup))) continue;
    byInit.set(init.pid, chosen);
    const sharer = byCgroup.get(init.cgroup);
    byCgroup.set(init.cgroup, sharer === undefined || sharer === chosen ? chosen : 'several');
  }
  return { byId, byPath, inits, byCgroup, read, initAbove: ancestry(byPid, byInit) };
}

/**
 * Whether a process that an engine calls a container's init may be one, so that a process which got the number
 * after the container ended is not taken for it.
 */
function isolated(init: ProcessRecord, reading: CgroupReading): boolean {
  if (init.mountNamespace === 'node') return false;
  if (init.nestedPidNamespace || init.mountNamespace === 'other') return true;
  return reading.kind === 'containers' || reading.kind === 'container-like' || reading.kind === 'unfamiliar';
}

/** Climbs parents, each process once: hostile process trees are deep, and a torn listing may hold a loop. */
function ancestry(
  byPid: ReadonlyMap<number, ProcessRecord>,
  byInit: ReadonlyMap<number, Container>,
): Known['initAbove'] {
  const found = new Map<number, ProcessRecord | undefined>();
  return (pid) => {
    const climbed: number[] = [];
    let at = byPid.get(pid);
    while (at !== undefined && !found.has(at.pid) && !byInit.has(at.pid)) {
      found.set(at.pid, undefined);
      climbed.push(at.pid);
      at = byPid.get(at.parentPid);
    }
    const init = at === undefined || byInit.has(at.pid) ? at : found.get(at.pid);
    for (const below of climbed) found.set(below, init);
    const container = init === undefined ? undefined : byInit.get(init.pid);
    return init === undefined || container === undefined ? undefined : { init, container };
  };
}

function placeOf(record: ProcessRecord, known: Known): Place {
  if (record.kernelThread) return onHost;
  const reading = known.read(record.cgroup);
  if (reading.kind === 'conflict') return nowhere;
  const byPath = placeByPath(reading.paths, known);
  if (byPath !== undefined) return byPath;
  if (reading.kind === 'containers') return placeByChain(reading.chain, known);
  const byInit = placeByInit(record, reading, known);
  if (byInit !== undefined) return byInit;
  if (isHost(record, reading)) return onHost;
  return reading.kind === 'container-like' && reading.podUid !== undefined
    ? { attribution: 'unknown', podUid: reading.podUid }
    : nowhere;
}

/** `/<namespace>/<id>` or below it; only root on the node can make the first two segments. */
function placeByPath(paths: readonly string[], known: Known): Place | undefined {
  const named = new Set<Container>();
  for (const path of paths) {
    const container = known.byPath.get(path.split('/', 3).join('/'));
    if (container !== undefined) named.add(container);
  }
  const [container] = named;
  if (container === undefined) return undefined;
  return named.size === 1 ? inContainer(known.byId.get(container.id) ?? container) : nowhere;
}

/** The deepest container that an engine vouches for; the deepest at all when the engines know none of them. */
function placeByChain(chain: readonly CgroupContainer[], known: Known): Place {
  let disputed = false;
  for (const [depth, named] of [...chain.entries()].reverse()) {
    const container = known.byId.get(named.containerId);
    if (container === undefined) continue;
    if (vouched(named, depth, known)) return inContainer(container, named.podUid);
    disputed = true;
  }
  const last = chain.at(-1);
  if (disputed || last === undefined) return nowhere;
  const { containerId, podUid } = last;
  return { attribution: 'container', containerId, ...(podUid === undefined ? {} : { podUid }) };
}

function vouched(named: CgroupContainer, depth: number, known: Known): boolean {
  const init = known.inits.get(named.containerId);
  const reading = init === undefined ? undefined : known.read(init.cgroup);
  const home =
    reading?.kind === 'containers'
      ? reading.chain.find((container) => container.containerId === named.containerId)
      : undefined;
  return home === undefined ? depth === 0 : home.scope === named.scope;
}

function placeByInit(record: ProcessRecord, reading: CgroupReading, known: Known): Place | undefined {
  const above = known.initAbove(record.pid);
  if (above !== undefined && above.init.cgroup === record.cgroup && record.cgroup !== '')
    return inContainer(above.container);
  // A process that entered later (exec) is no descendant, but shares a cgroup that is the container's alone.
  if (reading.kind === 'root' || reading.kind === 'unit' || record.mountNamespace === 'node')
    return undefined;
  const sharer = record.cgroup === '' ? undefined : known.byCgroup.get(record.cgroup);
  return sharer === undefined || sharer === 'several' ? undefined : inContainer(sharer);
}

function isHost(record: ProcessRecord, reading: CgroupReading): boolean {
  if (record.nestedPidNamespace) return false;
  if (reading.kind === 'unit') return true;
  if (reading.kind === 'root') return record.mountNamespace !== 'other';
  return reading.kind === 'unfamiliar' && record.mountNamespace === 'node';
}

function inContainer(container: Container, namedPod?: string): Place {
  const podUid = container.pod?.uid ?? namedPod;
  return {
    attribution: 'container',
    containerId: container.id,
    ...(podUid === undefined ? {} : { podUid }),
    ...(container.imageId === undefined ? {} : { imageId: container.imageId }),
  };
}

function toProcess(record: ProcessRecord, place: Place, context: AttributionContext): Process {
  const name = place.attribution === 'host' ? context.userName(record.uid) : undefined;
  return {
    bootId: record.bootId,
    pid: record.pid,
    parentPid: record.parentPid,
    startTicks: record.startTicks,
    startedAt: record.startedAt,
    command: record.command,
    executable: record.executable,
    uid: record.uid,
    user: name ?? String(record.uid),
    ...place,
  };
}
