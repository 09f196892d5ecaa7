import { spawnSync } from 'node:child_process';

/** `false` when running as root, else the reason to skip. */
export function needsRoot(): false | string {
  return process.getuid?.() === 0 ? false : 'needs root';
}

/** `false` when all commands are on PATH, else the reason to skip. The test set-up installs them as root. */
export function needsCommands(...commands: readonly string[]): false | string {
  const missing = commands.filter((command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0);
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`;
}

/** `false` when Debian's Python has a module, else the reason to skip. */
export function needsPythonModule(module: string): false | string {
  const { status } = spawnSync('/usr/bin/python3', ['-c', `import ${module}`]);
  return status === 0 ? false : `needs Python's ${module}`;
}
