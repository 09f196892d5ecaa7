import { availableParallelism, hostname } from 'node:os';
import { ceilingSettings, policySettings, scheduleSettings } from './cleanup-settings.ts';
import { identitySettings } from './identity/identity-settings.ts';
import { LOG_LEVELS } from '../platform/logging.ts';
import type { SettingsSpec } from '../platform/config.ts';
import { DAY_MS } from '../platform/setting-values.ts';

/** Everything an agent can be told. */
export const agentSettings = {
  node: { type: 'string', default: hostname(), help: "This node's name; must be the one in its certificate" },
  collector: { type: 'host:port', required: true, help: "The collector's address for agents" },
  ...identitySettings,
  stateDir: {
    type: 'path',
    default: '/var/lib/tallyman',
    help: 'What the node remembers: layer facts, ages, unsent events',
  },
  containerdAddress: {
    type: 'string',
    default: 'auto',
    help: "containerd's socket; auto looks in the usual places, none leaves it out",
  },
  dockerAddress: {
    type: 'string',
    default: 'auto',
    help: "Docker's socket; auto looks in the usual places, none leaves it out",
  },
  schedule: {
    type: 'string',
    default: '*/10 * * * *',
    help: 'When to reconcile beside events, as a cron expression',
  },
  scheduleJitter: {
    type: 'duration',
    default: '30s',
    min: 0,
    max: DAY_MS,
    help: 'Longest random wait added to the schedule',
  },
  processInterval: {
    type: 'duration',
    default: '30s',
    min: 1000,
    max: DAY_MS,
    help: 'How often to look at processes',
  },
  scanCpu: {
    type: 'decimal',
    default: '0.25',
    min: 0.01,
    max: availableParallelism(),
    help: 'Cores that scanning may use, averaged over a minute',
  },
  scanMemoryPressure: {
    type: 'number',
    default: '10',
    min: 1,
    max: 100,
    help: 'Percent of the time that something waits for memory, above which scanning pauses; 100 never',
  },
  scanIoPressure: {
    type: 'number',
    default: '20',
    min: 1,
    max: 100,
    help: 'Percent of the time that something waits for a disk, above which scanning pauses; 100 never',
  },
  ...ceilingSettings,
  ...scheduleSettings,
  ...policySettings,
  trustedKeys: {
    type: 'list',
    default: '',
    help: 'Public keys, files or a folder of them: only what these sign may change this node',
  },
  metricsListen: {
    type: 'host:port',
    default: '127.0.0.1:7481',
    help: 'Where /metrics, /healthz and /readyz are served',
  },
  logLevel: { type: 'enum', values: LOG_LEVELS, default: 'info', help: 'How much to log' },
} as const satisfies SettingsSpec;
