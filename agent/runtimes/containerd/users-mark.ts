import type { Connection } from './connection.ts';
import { isOwnLease, OWN_LEASE_LABEL } from './leases.ts';
import { mapLimited } from '../map-limited.ts';
import { listContainers } from './methods.ts';
import { leasesOf, milliseconds } from './namespace-records.ts';

const NAMESPACES_AT_ONCE = 2;

/**
 * Containers and leases of these namespaces: containerd's own client, and with it the CRI plugin, holds a lease while it
 * makes a container. Leases of ours are not among them. Those of `owner` may be very many, where removed images are kept;
 * and an agent that reads layers would change the mark all the time, while its lease keeps what it reads in any case.
 */
export async function usersMark(
  connection: Connection,
  owner: string,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const filters = [`labels.${JSON.stringify(OWN_LEASE_LABEL)}!=${JSON.stringify(owner)}`];
  const users = await mapLimited(namespaces, NAMESPACES_AT_ONCE, async (namespace) => {
    const [containers, leases] = await Promise.all([
      containersOf(connection, namespace, signal),
      leasesOf(connection, namespace, signal, { filters }),
    ]);
    const others = leases.filter((lease) => !isOwnLease(lease));
    const held = others.map(({ id, resources }) => [id, ...resources.map((one) => `${one.type} ${one.id}`)]);
    return [namespace, containers, held];
  });
  return JSON.stringify(users);
}

async function containersOf(
  connection: Connection,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const marks: string[] = [];
  for await (const { container } of connection.stream(listContainers, {}, { namespace, signal })) {
    if (container) marks.push(`${container.id} ${milliseconds(container.updatedAt)}`);
  }
  return marks;
}
