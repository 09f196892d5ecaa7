import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EXIT, Failure } from '../failure.ts';
import { buildDemoArchive, RUNNING_IMAGE } from './images.ts';
import { startPrivateContainerd, type PrivateContainerd } from './private-containerd.ts';

const run = promisify(execFile);
const INSTALL_TIMEOUT = 300_000;

/** Why this machine cannot have the demonstration's engine, or undefined when it can. */
export async function demoObstacle(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not running as root';
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release)) return 'this is neither Debian nor Ubuntu';
  if (spawnSync('sh', ['-c', 'command -v apt-get']).status !== 0) return 'there is no apt-get';
  return undefined;
}

/**
 * Starts a containerd of our own in `folder` with four small images and one running container.
 * Installs the distribution's containerd package where the machine has none.
 */
export async function startDemoEngine(
  folder: string,
  npmPackages: string,
  progress: (step: string) => void,
  signal: AbortSignal,
): Promise<PrivateContainerd> {
  await installContainerd(progress, signal);
  const scratch = join(folder, 'build');
  await mkdir(scratch, { recursive: true });
  const archive = await buildDemoArchive(scratch, npmPackages, progress, signal);
  progress('starting a containerd of our own');
  const engine = await startPrivateContainerd(join(folder, 'engine'));
  try {
    signal.throwIfAborted();
    progress('loading the images and running a container');
    const file = join(scratch, 'images.tar');
    await writeFile(file, archive);
    await engine.ctr('images', 'import', file);
    // A place of its own for runc as well: container IDs are unique in it, and another engine may have a web-1.
    const runc = ['--runc-root', join(folder, 'runc'), '--cgroup', ''];
    await engine.ctr('run', '--detach', '--null-io', '--net-host', ...runc, RUNNING_IMAGE, 'web-1');
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return engine;
}

async function installContainerd(progress: (step: string) => void, signal: AbortSignal): Promise<void> {
  const missing = ['containerd', 'runc'].filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0,
  );
  progress('reading the package lists');
  // Offline, so that the package's own service is not started: ours is private.
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', SYSTEMD_OFFLINE: '1' },
    timeout: INSTALL_TIMEOUT,
    signal,
  };
  try {
    await run('apt-get', ['update', '-qq'], options);
    if (missing.length === 0) return;
    progress(`installing the distribution's ${missing.join(' and ')}`);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], options);
  } catch (error) {
    signal.throwIfAborted();
    throw new Failure(
      EXIT.failed,
      `apt-get could not install ${missing.join(' and ') || 'the demonstration'}: ${firstLine(error)}`,
      error,
    );
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
  return text.trim().split('\n')[0] ?? '';
}
