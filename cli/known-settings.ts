import { agentSettings } from '../agent/settings.ts';
import { collectorSettings } from '../collector/settings.ts';
import type { SettingsSpec } from '../platform/config.ts';
import { ceilingSettings, policySettings } from '../agent/cleanup-settings.ts';
import { askedSettings, rolloutSettings } from './fleet/cleanup/settings.ts';
import { fleetSettings } from './fleet/fleet-settings.ts';
import { nodeSettings } from './node/node-settings.ts';
import { scanSettings } from './scan/scan-settings.ts';

/** The settings of all commands: a settings file may serve several of them. */
export const knownSettings: readonly SettingsSpec[] = [
  agentSettings,
  askedSettings,
  ceilingSettings,
  collectorSettings,
  fleetSettings,
  nodeSettings,
  policySettings,
  rolloutSettings,
  scanSettings,
];
