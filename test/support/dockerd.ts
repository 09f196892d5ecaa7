import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Dockerode from 'dockerode';

const run = promisify(execFile);

/** A Docker of the test's own, with its own containerd, storage and sockets, all in one folder. */
export interface TestDockerd {
  /** Path of the engine's socket. */
  readonly address: string;
  readonly containerdAddress: string;
  /** The folder that holds everything; gone after `stop`. */
  readonly root: string;
  /** Of the running engine; 0 while it is down. */
  readonly pid: number;
  readonly client: Dockerode;
  /** Loads a `docker save` archive. */
  load(archive: Buffer): Promise<void>;
  /** Runs the `docker` command against this engine and gives its standard output. */
  docker(...args: readonly string[]): Promise<string>;
  /** Stops the engine and starts it again on the same data; its containers end. */
  restart(): Promise<void>;
  /** Ends the engine at once, as a crash would. */
  kill(): Promise<void>;
  /** Ends all that was started and removes the folder. */
  stop(): Promise<void>;
}

/** Needs root, and Debian's docker.io and containerd (or the same commands from elsewhere). */
export async function startDockerd(): Promise<TestDockerd> {
  // Short, for a socket's path has at most 107 bytes.
  const root = await mkdtemp('/tmp/tallyman-docker-');
  const address = join(root, 'docker.sock');
  const containerdAddress = join(root, 'containerd.sock');
  const client = new Dockerode({ socketPath: address, host: '', protocol: 'http' });
  await writeFile(join(root, 'containerd.toml'), containerdConfig(root, containerdAddress));

  let containerd: ChildProcess | undefined;
  let dockerd: ChildProcess | undefined;

  async function start(): Promise<void> {
    dockerd = launch(root, 'dockerd', [
      ...['--host', `unix://${address}`, '--containerd', containerdAddress],
      ...[
        '--data-root',
        join(root, 'data'),
        '--exec-root',
        join(root, 'exec'),
        '--pidfile',
        join(root, 'pid'),
      ],
      ...['--storage-driver', 'overlay2', '--bridge', 'none', '--iptables=false', '--ip6tables=false'],
      ...['--shutdown-timeout', '2'],
    ]);
    await ready(root, 'dockerd', dockerd, () => client.ping());
  }

  async function stop(): Promise<void> {
    if (dockerd && isAlive(dockerd)) await removeContainers(client);
    await end(dockerd);
    await endShims(containerdAddress);
    await end(containerd);
    await unmountBelow(root);
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    containerd = launch(root, 'containerd', ['--config', join(root, 'containerd.toml')]);
    await ready(root, 'containerd', containerd, () =>
      run('ctr', ['--address', containerdAddress, 'version']),
    );
    await start();
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    address,
    containerdAddress,
    root,
    get pid() {
      return dockerd && isAlive(dockerd) ? (dockerd.pid ?? 0) : 0;
    },
    client,
    async load(archive) {
      const progress = await text(await client.loadImage(Readable.from(archive), { quiet: true }));
      if (progress.includes('"error"')) throw new Error(`docker load: ${progress}`);
    },
    async docker(...args) {
      const environment = { ...process.env, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: root };
      const options = { env: environment, maxBuffer: 64 * 1024 * 1024 };
      try {
        const { stdout } = await run('docker', ['--host', `unix://${address}`, ...args], options);
        return stdout.trim();
      } catch (error) {
        // A failed build says why on its standard output.
        const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
        throw new Error(`docker ${args[0]} failed:\n${(stdout + stderr).slice(-4_000)}`, { cause: error });
      }
    },
    async restart() {
      await end(dockerd);
      await start();
    },
    async kill() {
      await end(dockerd, 'SIGKILL');
    },
    stop,
  };
}

function containerdConfig(root: string, address: string): string {
  return [
    'version = 2',
    `root = "${root}/containerd/root"`,
    `state = "${root}/containerd/state"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    '[grpc]',
    `address = "${address}"`,
  ].join('\n');
}

function launch(root: string, command: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(root, `${command}.log`), 'a');
  try {
    return spawn(command, args, { stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** Waits until the daemon answers; when it does not, the end of its log says why. */
async function ready(
  root: string,
  command: string,
  child: ChildProcess,
  answers: () => Promise<unknown>,
): Promise<void> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  for (let tries = 0; tries < 1200 && isAlive(child); tries += 1) {
    try {
      await Promise.race([answers(), failed]);
      return;
    } catch {
      await sleep(100);
    }
  }
  const log = await readFile(join(root, `${command}.log`), 'utf8').catch(() => '');
  throw new Error(`${command} did not start:\n${log.split('\n').slice(-15).join('\n')}`);
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!child || !isAlive(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await exited;
  clearTimeout(late);
}

async function removeContainers(client: Dockerode): Promise<void> {
  const containers = await client.listContainers({ all: true }).catch(() => []);
  await Promise.allSettled(containers.map(({ Id }) => client.getContainer(Id).remove({ force: true })));
}

/** A shim outlives an engine that was killed; ours are those that were told our containerd's address. */
async function endShims(containerdAddress: string): Promise<void> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const args = command.split('\0');
    if (!args[0]?.includes('containerd-shim') || !args.includes(containerdAddress)) continue;
    for (const pid of [...(await childrenOf(entry)), Number(entry)]) killIfThere(pid);
  }
}

async function childrenOf(pid: string): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

async function unmountBelow(root: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${root}/`)).reverse()) {
    await run('umount', ['--lazy', mount]).catch(() => undefined);
  }
}
