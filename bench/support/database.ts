import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { startPostgres } from '../../test/support/postgres.ts';
import { childrenOf, cpuMsOf, endedChildrenCpuMs } from './other-process.ts';
import { sum } from './sum.ts';
import type { Workplace } from './workplace.ts';

/** A PostgreSQL server of the benchmark's own, as an operator would have it: it waits for disks. */
export interface BenchDatabase {
  /** For a collector that has `env`: over a socket, which is not on the wire of the agents. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** CPU that all of its processes have taken. */
  cpuMs(): number;
}

const SETTINGS = {
  fsync: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
} as const;

/** It ends with the benchmark. */
export async function startDatabase(place: Workplace): Promise<BenchDatabase> {
  const server = await startPostgres();
  place.onEnd(() => server.remove());
  const url = new URL(await server.database());
  const client = postgres(url.href, { max: 1 });
  for (const [name, value] of Object.entries(SETTINGS)) {
    await client.unsafe(`ALTER SYSTEM SET ${name} = '${value}'`);
  }
  const [places] = await client<{ cluster: string; sockets: string }[]>`
    SELECT current_setting('data_directory') AS cluster, current_setting('unix_socket_directories') AS sockets`;
  await client.end();
  if (places === undefined) throw new Error('PostgreSQL does not say where it is');
  await server.stop('fast');
  await server.start();
  const pid = Number(readFileSync(join(places.cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  return {
    url: `postgres://${url.pathname}`,
    env: { PGHOST: places.sockets, PGPORT: url.port, PGUSER: url.username },
    cpuMs: () => sum([pid, ...childrenOf(pid)].map(cpuMsOf)) + endedChildrenCpuMs(pid),
  };
}
