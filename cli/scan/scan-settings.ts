import type { SettingsSpec } from '../../platform/config.ts';

/** What a scan can be told besides its target, by flag, environment or file. */
export const scanSettings = {
  format: {
    type: 'enum',
    values: ['table', 'json', 'cyclonedx', 'spdx'],
    default: 'table',
    help: 'What to print; CycloneDX is 1.6, SPDX is 2.3, both as JSON',
  },
  containerdAddress: {
    type: 'string',
    default: 'auto',
    help: "containerd's socket; auto looks in the usual places",
  },
  dockerAddress: { type: 'string', default: 'auto', help: "Docker's socket; auto looks in the usual places" },
  namespace: { type: 'string', help: "containerd's namespace; all when absent" },
  platform: { type: 'string', help: "os/arch or os/arch/variant; this machine's when absent" },
} as const satisfies SettingsSpec;

export type ScanFormat = (typeof scanSettings.format.values)[number];
