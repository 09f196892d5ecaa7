import type { Command } from 'commander';
import { agentSettings } from '../agent/settings.ts';
import { collectorSettings } from '../collector/settings.ts';
import {
  environmentName,
  optionsOf,
  type Setting,
  type Settings,
  type SettingsSpec,
} from '../platform/config.ts';
import { loadSettings } from '../platform/config-file.ts';
import { fleetSettings } from './fleet/fleet-settings.ts';
import { nodeSettings } from './node/node-settings.ts';
import { scanSettings } from './scan/scan-settings.ts';

const ALL_SETTINGS: readonly SettingsSpec[] = [
  agentSettings,
  collectorSettings,
  fleetSettings,
  nodeSettings,
  scanSettings,
];

/** Gives a command one flag for each setting of a table, and `--config`. */
export function addSettingsOptions(command: Command, spec: SettingsSpec): Command {
  command.option('--config <file>', 'YAML file with any of these settings (TALLYMAN_CONFIG)');
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
  const own = ['TALLYMAN_CONFIG', ...Object.keys(spec).map(environmentName)];
  const env = Object.fromEntries(own.map((name) => [name, process.env[name]]));
  return await loadSettings({ ...othersSettings(), ...spec }, { flags: command.opts(), env });
}

/** Any value is right, and none is needed: it is not this command's. */
function othersSettings(): SettingsSpec {
  const keys = ALL_SETTINGS.flatMap((spec) => Object.keys(spec));
  return Object.fromEntries(keys.map((key): [string, Setting] => [key, { type: 'list', help: '' }]));
}
