import type { Command } from 'commander';
import {
  environmentName,
  optionsOf,
  type Setting,
  type Settings,
  type SettingsSpec,
} from '../platform/config.ts';
import { loadSettings } from '../platform/config-file.ts';

const FILE_VARIABLE = 'TALLYMAN_CONFIG';

/** Gives a command one flag for each setting of a table, and `--config`. */
export function addSettingsOptions(command: Command, spec: SettingsSpec): Command {
  command.option('--config <file>', `YAML file with any of these settings (${FILE_VARIABLE})`);
  for (const { flags, description } of optionsOf(spec)) command.option(flags, description);
  return command;
}

/**
 * Flags, then environment, then file, then defaults. One file may serve all commands: what is another's setting
 * there is passed over, what is nobody's is refused. Throws a ConfigError.
 */
export async function settingsFrom<Spec extends SettingsSpec>(
  command: Command,
  spec: Spec,
): Promise<Settings<Spec>> {
  const flags = command.opts();
  const file = flags['config'] ?? process.env[FILE_VARIABLE];
  const others = file === undefined || file === '' ? {} : await othersSettings();
  const own = [FILE_VARIABLE, ...Object.keys(spec).map(environmentName)];
  const env = Object.fromEntries(own.map((name) => [name, process.env[name]]));
  return await loadSettings({ ...others, ...spec }, { flags, env });
}

/** Any value is right, and none is needed: they are not this command's. */
async function othersSettings(): Promise<SettingsSpec> {
  const { knownSettings } = await import('./known-settings.ts');
  const keys = knownSettings.flatMap((spec) => Object.keys(spec));
  return Object.fromEntries(keys.map((key): [string, Setting] => [key, { type: 'list', help: '' }]));
}
