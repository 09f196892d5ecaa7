import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIP, type AddressInfo, type Server } from 'node:net';
import type { HostPort } from '../../../platform/setting-values.ts';

/**
 * Listens on all addresses that a host name has, such as both of `localhost`, on the same port, with a server each. One that
 * cannot be had is left out, as long as there is another. Throws the system's error when none can be had.
 */
export async function listenEverywhere(
  { host, port }: HostPort,
  server: () => Server,
): Promise<{ readonly servers: readonly Server[]; readonly port: number }> {
  const addresses = isIP(host) === 0 ? await lookup(host, { all: true }) : [{ address: host }];
  const servers: Server[] = [];
  let bound = port;
  let fault: unknown;
  for (const { address } of addresses) {
    try {
      const one = server();
      one.listen({ host: address, port: bound });
      await once(one, 'listening');
      ({ port: bound } = one.address() as AddressInfo);
      servers.push(one);
    } catch (error) {
      fault ??= error;
    }
  }
  if (servers.length === 0) throw fault ?? new Error(`${host} has no address`);
  return { servers, port: bound };
}
