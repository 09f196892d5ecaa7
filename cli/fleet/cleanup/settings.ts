import type { SettingsSpec } from '../../../platform/config.ts';
import { LONGEST_COMMAND_MS } from '../../../proto/codec/command.ts';
import { policySettings } from '../../../agent/cleanup-settings.ts';
import { fleetSettings } from '../fleet-settings.ts';

/** Where nodes take signed commands only. */
const signSettings = {
  signKey: { type: 'path', help: 'Private key (Ed25519, PEM) that signs what changes nodes' },
  signedFor: {
    type: 'duration',
    default: '24h',
    min: 60_000,
    max: LONGEST_COMMAND_MS,
    help: 'How long what is signed holds: as long as all of it may take',
  },
} as const satisfies SettingsSpec;

/** Which nodes are asked for a plan, and by which verdicts. */
export const askedSettings = {
  nodes: {
    type: 'list',
    default: '',
    help: 'Names of nodes, * for anything; all that are connected when absent',
  },
  verdicts: {
    type: 'string',
    help: 'A verdict list of the collector: what it names goes, used long ago or not',
  },
  verdictsOnly: { type: 'boolean', default: 'false', help: 'Nothing goes that has no verdict' },
  planAtOnce: { type: 'number', default: '50', min: 1, max: 1000, help: 'Most nodes that plan at a time' },
  planWait: {
    type: 'duration',
    default: '10m',
    min: 1000,
    max: 24 * 3_600_000,
    help: 'How long nodes have to answer with a plan',
  },
} as const satisfies SettingsSpec;

/** How carefully a plan is carried out. */
export const rolloutSettings = {
  canary: { type: 'number', default: '1', min: 1, help: 'So many nodes go first' },
  share: { type: 'number', default: '10', min: 0, max: 100, help: 'Then so many of all, in percent' },
  atOnce: { type: 'number', default: '10', min: 1, max: 1000, help: 'Most nodes that clean up at a time' },
  pause: {
    type: 'duration',
    default: '1m',
    min: 0,
    max: 24 * 3_600_000,
    help: 'Between canary, share and all, so that trouble can show',
  },
  nodeTime: {
    type: 'duration',
    default: '15m',
    min: 1000,
    max: 24 * 3_600_000,
    help: 'How long a node has for its run, or to come back',
  },
  ...signSettings,
} as const satisfies SettingsSpec;

export const fleetPlanSettings = { ...fleetSettings, ...policySettings, ...askedSettings } as const;
export const fleetApplySettings = { ...fleetSettings, ...rolloutSettings } as const;
export const fleetUndoSettings = { ...fleetSettings, ...signSettings } as const;
