import type { Lease } from '../../../core/inventory.ts';
import { RuntimeError } from '../runtime.ts';
import type { CallContext, Connection } from './connection.ts';
import { hasCode, isAlreadyThere } from './errors.ts';
import {
  addLeaseResource,
  createLease,
  deleteLease,
  listLeaseResources,
  listLeases,
  removeSnapshot,
} from './methods.ts';

/** Tells our leases from others'; its value says who of us made it. */
export const OWN_LEASE_LABEL = 'tallyman.dev/lease';
/** On those of our leases that keep a removed image: they outlive whoever made them. Its value is the image's ID. */
export const QUARANTINE_LABEL = 'tallyman.dev/quarantine';
/** Source: containerd, docs/garbage-collection.md: a lease is void after this time, RFC 3339. */
export const EXPIRY_LABEL = 'containerd.io/gc.expire';
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const ID_PREFIX = 'tallyman-';
/** What is given back is given back also when the caller's own time is over. */
const RELEASE_TIMEOUT_MS = 10_000;

export interface LeaseOptions {
  /** Who makes the lease: a process that starts clears what a process of the same name left behind. */
  readonly owner: string;
  /** How long a lease holds if we die before we give it back. */
  readonly leaseMs: number;
  readonly now: () => number;
  /** Random enough to be unique on the node: at least 64 bits as text of letters and digits. */
  readonly randomId: () => string;
}

/** A lease of ours, for as long as `withLease` runs. */
export interface OwnLease {
  readonly namespace: string;
  readonly id: string;
  /** Keeps something from being collected. `type`: `content` or `snapshots/<snapshotter>`. */
  hold(type: string, id: string): Promise<void>;
  /** A key for a snapshot to make under this lease; it is removed with the lease. */
  snapshotKey(snapshotter: string): string;
}

interface OwnSnapshot {
  readonly snapshotter: string;
  readonly key: string;
}

/**
 * Runs `use` under a lease of ours and gives it back on every path out. Fails when the lease was gone by then:
 * what `use` read may have been collected under its hands.
 */
export async function withLease<T>(
  connection: Connection,
  options: LeaseOptions,
  namespace: string,
  signal: AbortSignal,
  use: (lease: OwnLease) => Promise<T>,
): Promise<T> {
  const id = `${ID_PREFIX}${options.randomId()}`;
  const snapshots: OwnSnapshot[] = [];
  const expiry = new Date(options.now() + options.leaseMs).toISOString();
  const labels = { [OWN_LEASE_LABEL]: options.owner, [EXPIRY_LABEL]: expiry };
  const lease: OwnLease = {
    namespace,
    id,
    async hold(type, resource) {
      const request = { id, resource: { type, id: resource } };
      await connection.call(addLeaseResource, request, { namespace, signal });
    },
    snapshotKey(snapshotter) {
      const key = `${id}-${snapshots.length}`;
      snapshots.push({ snapshotter, key });
      return key;
    },
  };

  let result: T;
  try {
    signal.throwIfAborted();
    // Not to be called off: the daemon might make it all the same, after we gave it back.
    await connection.call(createLease, { id, labels }, { namespace });
    signal.throwIfAborted();
    result = await use(lease);
  } catch (error) {
    await release(connection, namespace, id, snapshots);
    throw error;
  }
  if (!(await release(connection, namespace, id, snapshots))) {
    throw new RuntimeError(
      'failed',
      `containerd took back the lease ${id} while it was in use: reading took longer than ${options.leaseMs} ms`,
    );
  }
  return result;
}

export function isOwnLease({ labels }: Pick<Lease, 'labels'>): boolean {
  return labels[OWN_LEASE_LABEL] !== undefined;
}

/** The ID of the image that a lease of ours keeps after its removal; `undefined` for all other leases. */
export function quarantinedImage(lease: Pick<Lease, 'labels'>): string | undefined {
  return isOwnLease(lease) ? lease.labels[QUARANTINE_LABEL] : undefined;
}

/**
 * Whether a lease is void: the next collection takes it and what it alone holds. On an idle daemon that may be long
 * from now, since time alone starts no collection. As in containerd, a time that cannot be read is none.
 */
export function isExpired({ labels }: Pick<Lease, 'labels'>, now: number): boolean {
  const expiry = labels[EXPIRY_LABEL] ?? '';
  return RFC_3339.test(expiry) && now > Date.parse(expiry);
}

/** Waits until containerd has collected whatever nothing holds any more: giving a lease back is a way to ask for it. */
export async function collectGarbage(
  connection: Connection,
  owner: string,
  context: CallContext & { readonly namespace: string },
): Promise<void> {
  const { namespace } = context;
  const id = `${ID_PREFIX}collection`;
  const labels = { [OWN_LEASE_LABEL]: owner };
  try {
    await connection.call(createLease, { id, labels }, { namespace });
  } catch (error) {
    // One that a crash left behind will do.
    if (!isAlreadyThere(error)) throw error;
  }
  await connection.call(deleteLease, { id, sync: true }, context);
}

/** Gives back what a process of this owner left behind, but for quarantines. Answers how many leases there were. */
export async function removeLeasesOf(
  connection: Connection,
  owner: string,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  for (const namespace of namespaces) {
    const { leases } = await connection.call(listLeases, {}, { namespace, signal });
    for (const { id, labels } of leases ?? []) {
      if (!id || labels?.[OWN_LEASE_LABEL] !== owner || quarantinedImage({ labels }) !== undefined) continue;
      const { resources } = await connection.call(listLeaseResources, { id }, { namespace, signal });
      const snapshots = (resources ?? []).flatMap((resource) =>
        resource.type?.startsWith('snapshots/') && resource.id?.startsWith(`${id}-`)
          ? [{ snapshotter: resource.type.slice('snapshots/'.length), key: resource.id }]
          : [],
      );
      await release(connection, namespace, id, snapshots);
      removed += 1;
    }
  }
  return removed;
}

/**
 * Answers false when the lease was not there any more. What cannot be given back because containerd is
 * away expires by itself, and is cleared when the next process of this owner starts.
 */
async function release(
  connection: Connection,
  namespace: string,
  id: string,
  snapshots: readonly OwnSnapshot[],
): Promise<boolean> {
  const context = { namespace, signal: AbortSignal.timeout(RELEASE_TIMEOUT_MS) };
  for (const snapshot of snapshots) {
    // One that stays behind is collected: nothing but the lease holds it.
    await connection.call(removeSnapshot, snapshot, context).catch(() => undefined);
  }
  try {
    await connection.call(deleteLease, { id, sync: false }, context);
    return true;
  } catch (error) {
    return !hasCode(error, 'not-found');
  }
}
