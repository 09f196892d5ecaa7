import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { Fact } from '../../core/facts.ts';

export interface ToolOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** What a program printed. It must succeed, within five minutes. */
export function runTool(command: string, args: readonly string[], options: ToolOptions = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    timeout: 300_000,
    ...options,
    env: { ...process.env, ...options.env },
  });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`}`);
  return stdout;
}

/** `name version` of every package found, each once, in order. */
export function foundPackages(facts: readonly Fact[]): readonly string[] {
  const names = facts.flatMap(({ packages = [] }) =>
    packages.map(
      ({ namespace, name, version }) =>
        `${namespace === undefined ? name : `${namespace}/${name}`} ${version}`,
    ),
  );
  return [...new Set(names)].sort();
}

/** Facts that say why a file could not be read. */
export function errorsOf(facts: readonly Fact[]): readonly string[] {
  return facts.filter(({ status }) => status === 'error').map(({ path, message }) => `${path}: ${message}`);
}
