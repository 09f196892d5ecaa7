import type { SettingsSpec } from '../../platform/config.ts';

/** What a question to a collector can be told, by flag, environment or file. */
export const fleetSettings = {
  format: { type: 'enum', values: ['table', 'json'], default: 'table', help: 'How to print' },
  api: { type: 'string', default: 'http://127.0.0.1:7480', help: "The collector's API" },
  apiToken: { type: 'string', secret: true, help: 'What the API wants to be shown' },
  apiTokenFile: { type: 'path', help: 'File that holds what the API wants to be shown' },
  limit: { type: 'number', min: 1, default: '1000', help: 'Most rows' },
} as const satisfies SettingsSpec;
