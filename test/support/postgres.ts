import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { freePort } from './free-port.ts';

/** Where Debian puts the servers, a folder for each version: package postgresql. */
const VERSIONS = '/usr/lib/postgresql';
/** Whom the server runs as when the tests are root's: it refuses to be that. */
const NOBODY = 65534;
const START_MS = 120_000;

/** Section 19.5 of its manual: what the server makes of signals. */
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT', killed: 'SIGKILL' } as const;

type Ending = keyof typeof SIGNALS;

/** A PostgreSQL server of the test's own, with nothing in it. */
export interface PostgresServer {
  readonly port: number;
  /** URL of a new, empty database. */
  database(): Promise<string>;
  /**
   * Ends it as an operator would, sessions and all (`fast`), without any care (`immediate`), or by SIGKILL to the first of
   * its processes, which the others notice by themselves (`killed`).
   */
  stop(how: Ending): Promise<void>;
  /** All of its processes do nothing any more, and keep their connections, until `resume`. */
  pause(): void;
  resume(): void;
  /** Starts it anew, at the same port. */
  start(): Promise<void>;
  /** Ends it and removes its files. */
  remove(): Promise<void>;
}

/** `false` when a PostgreSQL server is installed, else the reason to skip. */
export function needsPostgres(): false | string {
  return programs() === undefined ? 'needs the Debian package postgresql' : false;
}

/** Starts a server on loopback and a socket in its own folder. It does not wait for disks: nobody cuts the power here. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-postgres-'));
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const cluster = join(folder, 'cluster');
  const bin = programs() ?? '';
  const locale = ['--locale=C.UTF-8', '--encoding=UTF8'];
  execFileSync(
    join(bin, 'initdb'),
    ['--pgdata', cluster, '--auth=trust', '--username=tallyman', '--no-sync', ...locale],
    { ...owner, cwd: folder, stdio: 'ignore' },
  );
  const port = await freePort();
  writeFileSync(
    join(cluster, 'postgresql.auto.conf'),
    [
      `listen_addresses = '127.0.0.1'`,
      `port = ${port}`,
      `unix_socket_directories = '${folder}'`,
      'fsync = off',
      'full_page_writes = off',
      'shared_buffers = 64MB',
      'max_connections = 100',
    ].join('\n'),
  );
  const server = new Cluster(bin, cluster, owner, port);
  await server.start();
  return {
    port,
    database: () => server.database(),
    start: () => server.start(),
    stop: (how) => server.stop(how),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async remove() {
      server.signal('SIGCONT');
      await server.stop('immediate');
      rmSync(folder, { recursive: true });
    },
  };
}

class Cluster {
  readonly #bin: string;
  readonly #folder: string;
  readonly #owner: { readonly uid?: number; readonly gid?: number };
  readonly #port: number;
  #process: ChildProcess | undefined;
  #databases = 0;

  constructor(
    bin: string,
    folder: string,
    owner: { readonly uid?: number; readonly gid?: number },
    port: number,
  ) {
    this.#bin = bin;
    this.#folder = folder;
    this.#owner = owner;
    this.#port = port;
  }

  async start(): Promise<void> {
    const last = performance.now() + START_MS;
    do {
      // It refuses to while processes of one that was killed are still there.
      if (!this.#isAlive) this.#process = this.#spawn();
      if (performance.now() > last) throw new Error('PostgreSQL does not start');
      await sleep(50);
    } while (!(await this.#answers()));
  }

  async stop(how: Ending): Promise<void> {
    const server = this.#process;
    if (server === undefined || !this.#isAlive) return;
    server.kill(SIGNALS[how]);
    await once(server, 'exit');
  }

  /** To all of its processes. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.#process?.pid;
    if (pid === undefined || !this.#isAlive) return;
    // The first of them makes and reaps the others: while it stands still, the list stays right.
    process.kill(pid, 'SIGSTOP');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    for (const other of [...children.map(Number), pid]) process.kill(other, signal);
  }

  get #isAlive(): boolean {
    const { exitCode, signalCode } = this.#process ?? { exitCode: 0, signalCode: null };
    return exitCode === null && signalCode === null;
  }

  #spawn(): ChildProcess {
    const options = { ...this.#owner, cwd: this.#folder, stdio: 'ignore' } as const;
    return spawn(join(this.#bin, 'postgres'), ['-D', this.#folder], options);
  }

  async database(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.#ask(`CREATE DATABASE ${name}`);
    return this.#url(name);
  }

  async #answers(): Promise<boolean> {
    try {
      await this.#ask('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }

  async #ask(statement: string): Promise<void> {
    const client = postgres(this.#url('postgres'), { max: 1, fetch_types: false });
    try {
      await client.unsafe(statement);
    } finally {
      await client.end({ timeout: 0 });
    }
  }

  #url(database: string): string {
    return `postgres://tallyman@127.0.0.1:${this.#port}/${database}`;
  }
}

/** Folder of the newest server's programs. */
function programs(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  const versions = readdirSync(VERSIONS).filter((version) =>
    existsSync(join(VERSIONS, version, 'bin/postgres')),
  );
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(VERSIONS, newest, 'bin');
}
