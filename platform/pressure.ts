import { readFileSync } from 'node:fs';

/** How much of the time somebody had to wait for a resource. */
export interface Pressure {
  /** Percent of the time, averaged over about the last 10 s. */
  readonly recent: number;
  /** Milliseconds since an unknown beginning; never falls. */
  readonly totalMs: number;
}

export type PressureKind = 'memory' | 'io';

/** Where the kernel says so. Parameters for tests. */
export interface PressurePlaces {
  /** The whole node's: `/proc/pressure`. */
  readonly node: string;
  /** Where the unified cgroup hierarchy is mounted: `/sys/fs/cgroup`. */
  readonly cgroups: string;
  /** Which of them is ours: `/proc/self/cgroup`. */
  readonly membership: string;
}

const PLACES: PressurePlaces = {
  node: '/proc/pressure',
  cgroups: '/sys/fs/cgroup',
  membership: '/proc/self/cgroup',
};

/** The node's own. Undefined where the kernel does not tell: built without PSI, or started with `psi=0`. */
export function nodePressure(kind: PressureKind, places = PLACES): Pressure | undefined {
  return readPressure(`${places.node}/${kind}`);
}

/**
 * What the cgroup that we run in has to wait for, as when a container comes close to its memory limit. Undefined where
 * there is none but the root, or only the older hierarchies.
 */
export function ownPressure(kind: PressureKind, places = PLACES): Pressure | undefined {
  const text = contentOf(places.membership);
  // cgroups(7), /proc/pid/cgroup: hierarchy 0 is the unified one; `/` also within a namespace of our own.
  const path = /^0::(\/.*)$/m.exec(text ?? '')?.[1];
  if (path === undefined || path.includes('/../')) return undefined;
  return readPressure(`${places.cgroups}${path === '/' ? '' : path}/${kind}.pressure`);
}

/** Source: Linux, Documentation/accounting/psi.rst: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, the total in µs. */
function readPressure(path: string): Pressure | undefined {
  const some = /^some avg10=(\d+\.\d+) .*\btotal=(\d+)$/m.exec(contentOf(path) ?? '');
  if (some === null) return undefined;
  return { recent: Number(some[1]), totalMs: Number(some[2]) / 1000 };
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not there, or not told: reading a file of PSI fails with EOPNOTSUPP when it was turned off at boot.
    return undefined;
  }
}
