import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { end, endShims, isAlive, launch, ready, unmountBelow } from './daemon.ts';

export interface ImportOptions {
  /** `default` when absent. */
  readonly namespace?: string;
  /** The daemon's own when absent. */
  readonly snapshotter?: string;
  /** False leaves the layers as blobs. */
  readonly unpack?: boolean;
  /** Keeps the manifests of every platform of an index. */
  readonly allPlatforms?: boolean;
}

export interface RunOptions {
  readonly namespace?: string;
  readonly snapshotter?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly privileged?: boolean;
  /** Cgroup path; none by default, so that the test needs no cgroup of its own. */
  readonly cgroup?: string;
  /** False leaves the container created, with no task. */
  readonly start?: boolean;
}

/** A containerd of the test's own, with the CRI plugin and no network, all in one folder. */
export interface TestContainerd {
  /** Path of the socket. */
  readonly address: string;
  /** containerd's `root`: what it keeps. */
  readonly root: string;
  /** containerd's `state`: what it mounts and runs. */
  readonly state: string;
  /** 0 while it is down. */
  readonly pid: number;
  /** Runs `ctr` against this daemon and gives its standard output. */
  ctr(...args: readonly string[]): Promise<string>;
  /** Imports an archive (its bytes or its path). */
  importArchive(archive: Uint8Array | string, options?: ImportOptions): Promise<void>;
  /** Runs a container in the background, in the host's network. */
  runContainer(image: string, id: string, args: readonly string[], options?: RunOptions): Promise<void>;
  /** Stops the daemon and starts it again on the same data; its containers go on. */
  restart(): Promise<void>;
  /** Ends the daemon at once, as a crash would; `restart` brings it back. */
  kill(): Promise<void>;
  /** Ends all that was started and removes the folder. */
  stop(): Promise<void>;
}

export interface ContainerdTestOptions {
  /** `overlayfs` when absent. */
  readonly snapshotter?: string;
  /** The CRI's sandbox image, which the test imports into `k8s.io`; `localhost/pause:1` when absent. */
  readonly pauseImage?: string;
  /** The CRI drops a layer's blob as soon as it is unpacked. */
  readonly discardUnpackedLayers?: boolean;
  /** False leaves the CRI plugin out. */
  readonly cri?: boolean;
}

/** Needs root, and Debian's containerd and runc. */
export async function startContainerd(options: ContainerdTestOptions = {}): Promise<TestContainerd> {
  // Short, for a socket's path has at most 107 bytes.
  const folder = await mkdtemp('/tmp/tallyman-ctrd-');
  const address = join(folder, 'containerd.sock');
  const log = join(folder, 'containerd.log');
  const configuration = join(folder, 'config.toml');
  const snapshotter = options.snapshotter ?? 'overlayfs';
  await writeFile(configuration, containerdConfig(folder, options));
  await mkdir(join(folder, 'cni'));

  let daemon: ChildProcess | undefined;

  async function start(): Promise<void> {
    daemon = launch(log, 'containerd', ['--config', configuration]);
    // `ctr version` answers before the CRI plugin serves.
    await ready(daemon, log, async () => {
      await ctr('version');
      if (!(await readFile(log, 'utf8')).includes('containerd successfully booted'))
        throw new Error('booting');
    });
  }

  async function ctr(...args: readonly string[]): Promise<string> {
    return await command('ctr', ['--address', address, ...args]);
  }

  async function stop(): Promise<void> {
    if (daemon && isAlive(daemon)) await deleteTasks(ctr);
    await end(daemon);
    await endShims(address);
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    address,
    root: join(folder, 'root'),
    state: join(folder, 'state'),
    get pid() {
      return daemon && isAlive(daemon) ? (daemon.pid ?? 0) : 0;
    },
    ctr,
    async importArchive(
      archive,
      { namespace = 'default', unpack = true, allPlatforms = false, ...more } = {},
    ) {
      const flags = ['--snapshotter', more.snapshotter ?? snapshotter];
      if (!unpack) flags.push('--no-unpack');
      if (allPlatforms) flags.push('--all-platforms');
      const source = typeof archive === 'string' ? archive : '-';
      const args = ['--address', address, '--namespace', namespace, 'images', 'import', ...flags, source];
      await command('ctr', args, typeof archive === 'string' ? undefined : archive);
    },
    async runContainer(image, id, args, more = {}) {
      const labels = Object.entries(more.labels ?? {}).flatMap(([key, value]) => [
        '--label',
        `${key}=${value}`,
      ]);
      const flags = [
        ...['--snapshotter', more.snapshotter ?? snapshotter, '--net-host', ...labels],
        ...(more.privileged === true ? ['--privileged'] : []),
      ];
      const verb =
        more.start === false
          ? ['containers', 'create']
          : [
              'run',
              '--detach',
              '--null-io',
              '--runc-root',
              join(folder, 'runc'),
              '--cgroup',
              more.cgroup ?? '',
            ];
      await ctr('--namespace', more.namespace ?? 'default', ...verb, ...flags, image, id, ...args);
    },
    async restart() {
      await end(daemon);
      await writeFile(log, '');
      await start();
    },
    async kill() {
      await end(daemon, 'SIGKILL');
    },
    stop,
  };
}

async function deleteTasks(ctr: TestContainerd['ctr']): Promise<void> {
  const namespaces = (await ctr('namespaces', 'list', '--quiet').catch(() => '')).split('\n').filter(Boolean);
  for (const namespace of namespaces) {
    const tasks = await ctr('--namespace', namespace, 'tasks', 'list', '--quiet').catch(() => '');
    for (const task of tasks.split('\n').filter(Boolean)) {
      await ctr('--namespace', namespace, 'tasks', 'delete', '--force', task).catch(() => undefined);
    }
  }
}

function command(name: string, args: readonly string[], input?: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 64 * 1024 * 1024, timeout: 240_000 };
    const child = execFile(name, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`${name} ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
    child.stdin?.on('error', () => undefined); // It ended before it read all; its exit says why.
    child.stdin?.end(input);
  });
}

function containerdConfig(folder: string, options: ContainerdTestOptions): string {
  const { snapshotter = 'overlayfs', pauseImage = 'localhost/pause:1', cri: withCri = true } = options;
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = [${withCri ? '' : '"io.containerd.grpc.v1.cri",'}
  "io.containerd.internal.v1.restart",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
]

[grpc]
address = "${folder}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
path = "${folder}/opt"

[${cri}]
sandbox_image = "${pauseImage}"
disable_cgroup = true
disable_apparmor = true
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true

[${cri}.cni]
bin_dir = "${folder}/cni"
conf_dir = "${folder}/cni"

[${cri}.containerd]
snapshotter = "${snapshotter}"
discard_unpacked_layers = ${options.discardUnpackedLayers ?? false}

[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
Root = "${folder}/runc"
`;
}
