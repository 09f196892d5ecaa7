import type { SettingsSpec } from '../../platform/config.ts';

/** What a look at this node can be told, by flag, environment or file. */
export const nodeSettings = {
  format: { type: 'enum', values: ['table', 'json'], default: 'table', help: 'How to print' },
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
} as const satisfies SettingsSpec;
