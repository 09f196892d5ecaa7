import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EXIT, Failure } from '../failure.ts';

const STOP_TIMEOUT_MS = 10_000;

/** A `tallyman` command running beside this one; it ends when this process does, however that happens. */
export interface Child {
  readonly name: string;
  /** What the command said once it was ready. */
  readonly ready: Readonly<Record<string, string>>;
  /** Fulfilled when it ends, with the last lines of its log. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Starts `tallyman NAME ARGS` and waits until it says that it is ready. Its log goes to `log`. */
export async function startChild(name: string, args: readonly string[], log: string): Promise<Child> {
  const main = fileURLToPath(
    new URL(`../main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
  );
  const output = openSync(log, 'a', 0o600);
  // A group of its own: Ctrl-C in the terminal reaches only us, and we end it in order.
  const child = spawn(process.execPath, [main, name, ...args], {
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  });
  closeSync(output);
  const ended = new Promise<string>((resolve) => {
    child.once('exit', () => resolve(lastLines(log)));
    child.once('error', (error) => resolve(error.message));
  });
  const ready = await Promise.race([
    new Promise<Readonly<Record<string, string>>>((resolve) =>
      child.once('message', (message) => resolve(message as Record<string, string>)),
    ),
    ended.then((lines) => {
      throw new Failure(EXIT.failed, `the ${name} did not start: ${lines}`);
    }),
  ]);
  return { name, ready, ended, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(late);
}

function lastLines(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-2);
  return lines.map((line) => line.replace(/^tallyman: /, '')).join(' / ');
}
