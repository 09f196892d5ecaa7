import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Starts a daemon that writes to `log` and dies with this process, however this process ends. */
export function launch(log: string, command: string, args: readonly string[]): ChildProcess {
  const output = openSync(log, 'a');
  try {
    return spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { stdio: ['ignore', output, output] });
  } finally {
    closeSync(output);
  }
}

/** Waits until `answers` resolves; when it never does, the end of the log says why. */
export async function ready(
  child: ChildProcess,
  log: string,
  answers: () => Promise<unknown>,
): Promise<void> {
  for (let tries = 0; tries < 600 && isAlive(child); tries += 1) {
    try {
      await answers();
      return;
    } catch {
      await sleep(50);
    }
  }
  const lines = await readFile(log, 'utf8').catch(() => '');
  throw new Error(`the daemon did not start:\n${lines.split('\n').slice(-15).join('\n')}`);
}

export function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Asks the daemon to end, then makes it. Resolves when it has. */
export async function end(
  child: ChildProcess | undefined,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  if (child === undefined || !isAlive(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(late);
}

/** Shims and their containers outlive the engine; ours are those that were told its address. */
export async function endShims(address: string): Promise<void> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const words = command.split('\0');
    if (!words[0]?.includes('containerd-shim') || !words.includes(address)) continue;
    for (const pid of [...(await childrenOf(entry)), Number(entry)]) await killAndWait(pid);
  }
}

/** Unmounts everything below a folder, innermost first. */
export async function unmountBelow(folder: string): Promise<void> {
  const mountinfo = await readFile('/proc/self/mountinfo', 'utf8');
  const mounts = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) {
    await run('umount', ['--lazy', mount]).catch(() => undefined);
  }
}

async function childrenOf(pid: string): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean).map(Number);
}

async function killAndWait(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return; // It has ended by itself.
  }
  for (let tries = 0; tries < 100 && (await isRunning(pid)); tries += 1) await sleep(10);
}

/** A zombie holds nothing: who reaps it is not our matter. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}
