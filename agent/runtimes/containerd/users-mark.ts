import type { Connection } from './connection.ts';
import { OWN_LEASE_LABEL } from './leases.ts';
import { mapLimited } from './map-limited.ts';
import { listContainers } from './methods.ts';
import { leasesOf, milliseconds } from './namespace-records.ts';

const NAMESPACES_AT_ONCE = 2;

/**
 * Containers and leases of these namespaces: containerd's own client, and with it the CRI plugin, holds a lease while it
 * makes a container. What `owner` leases is not among them: those are very many where removed images are kept.
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
    const held = leases.map(({ id, resources }) => [id, ...resources.map((one) => `${one.type} ${one.id}`)]);
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
