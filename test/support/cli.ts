import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { needsRoot } from './requirements.ts';

/** The command at the root of the repository. */
export const TALLYMAN = fileURLToPath(new URL('../../tallyman', import.meta.url));

/** A user that owns nothing here. */
export const NOBODY = 65534;

export interface CliRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  /** Added to the test's own, which loses its `TALLYMAN_…`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs as this user, with no groups and no capabilities; needs root. */
  readonly uid?: number;
  /** Another way to the command, such as a link. */
  readonly command?: string;
}

/** Runs `tallyman ARGS` as an operator would, with its output in pipes. */
export async function tallyman(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = startTallyman(args, options);
  const [[code, signal], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, signal, stdout, stderr };
}

/** Asserts that a command fails in one line on standard error, and with nothing on the other. */
export async function assertFails(
  args: readonly string[],
  code: number,
  message: RegExp,
  options: CliOptions = {},
): Promise<void> {
  const run = await tallyman(args, options);
  assert.match(run.stderr, /^tallyman: [^\n]+\n$/);
  assert.match(run.stderr, message);
  assert.equal(run.stdout, '');
  assert.equal(run.code, code);
}

/** As `tallyman`, for tests that do something to the process. */
export function startTallyman(args: readonly string[], options: CliOptions = {}) {
  const { command = TALLYMAN, uid, cwd } = options;
  const [program, ...rest] = uid === undefined ? [command, ...args] : [...asUser(uid), command, ...args];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('TALLYMAN_')),
  );
  return spawn(program ?? command, rest, {
    env: { ...env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
}

/** `false` when the command can be run as another user, else the reason to skip. */
export function needsOtherUser(): false | string {
  const root = needsRoot();
  if (root !== false) return root;
  const [program, ...args] = [...asUser(NOBODY), 'test', '-r', TALLYMAN];
  return spawnSync(program, args, { cwd: '/' }).status === 0
    ? false
    : 'needs a folder that other users can read';
}

function asUser(uid: number): string[] {
  const id = String(uid);
  return [
    'setpriv',
    '--reuid',
    id,
    '--regid',
    id,
    '--clear-groups',
    '--inh-caps=-all',
    '--bounding-set=-all',
  ];
}
