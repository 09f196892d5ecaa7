import type { Command } from 'commander';
import { optionsOf, type Settings, type SettingsSpec } from '../platform/config.ts';
import { loadSettings } from '../platform/config-file.ts';

/** Gives a command one flag for each setting of a table, and `--config`. */
export function addSettingsOptions(command: Command, spec: SettingsSpec): Command {
  command.option('--config <file>', 'YAML file with any of these settings (TALLYMAN_CONFIG)');
  for (const { flags, description } of optionsOf(spec)) command.option(flags, description);
  return command;
}

/** Flags, then environment, then file, then defaults. Throws a ConfigError. */
export async function settingsFrom<Spec extends SettingsSpec>(
  command: Command,
  spec: Spec,
): Promise<Settings<Spec>> {
  return await loadSettings(spec, { flags: command.opts(), env: process.env });
}
