import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { end, endShims, isAlive, launch, ready, unmountBelow } from './daemon.ts';

const run = promisify(execFile);

/** A containerd that lives in one folder and leaves with it. */
export interface PrivateContainerd {
  readonly address: string;
  ctr(...args: readonly string[]): Promise<string>;
  /** Ends its containers and itself, unmounts what it mounted, removes its folder. */
  stop(): Promise<void>;
}

/** Starts `containerd` with root, state and socket in `folder` (short: a socket's path has at most 107 bytes). */
export async function startPrivateContainerd(folder: string): Promise<PrivateContainerd> {
  await mkdir(folder, { recursive: true });
  const address = join(folder, 'containerd.sock');
  const log = join(folder, 'containerd.log');
  const settings = join(folder, 'config.toml');
  await writeFile(settings, configuration(folder));
  const daemon = launch(log, 'containerd', ['--config', settings]);

  async function ctr(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('ctr', ['--address', address, ...args], {
      timeout: 60_000,
      maxBuffer: 1 << 26,
    });
    return stdout;
  }

  async function stop(): Promise<void> {
    if (isAlive(daemon)) await deleteTasks(ctr);
    await end(daemon);
    await endShims(address);
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  try {
    await ready(daemon, log, () => ctr('version'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, ctr, stop };
}

/** Without the plugins that would need a network. */
function configuration(folder: string): string {
  return `version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
address = "${folder}/containerd.sock"

[ttrpc]
address = "${folder}/containerd.sock.ttrpc"
`;
}

async function deleteTasks(ctr: PrivateContainerd['ctr']): Promise<void> {
  const tasks = await ctr('tasks', 'list', '--quiet').catch(() => '');
  for (const task of tasks.split('\n').filter(Boolean)) {
    await ctr('tasks', 'delete', '--force', task).catch(() => undefined);
  }
}
