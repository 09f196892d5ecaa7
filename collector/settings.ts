import type { SettingsSpec } from '../platform/config.ts';
import { LOG_LEVELS } from '../platform/logging.ts';
import { CENTURY_MS } from '../platform/setting-values.ts';
import { enrollSettings } from './enroll/enroll-settings.ts';

const HOUR_MS = 3_600_000;

/** Everything a collector can be told. */
export const collectorSettings = {
  grpcListen: { type: 'host:port', default: '0.0.0.0:7443', help: 'Where agents connect' },
  httpListen: {
    type: 'host:port',
    default: '127.0.0.1:7480',
    help: 'Where the HTTP API, /metrics, /healthz and /readyz are served',
  },
  dataDir: {
    type: 'path',
    default: '/var/lib/tallyman-collector',
    help: 'Where the embedded database is kept',
  },
  store: {
    type: 'string',
    help: 'URL of a PostgreSQL database to use instead; store-file hides it',
  },
  storeFile: { type: 'path', help: 'File that holds the URL of that database' },
  tlsCa: { type: 'path', help: "Authority that agents' certificates must come from" },
  tlsCert: { type: 'path', help: "The collector's certificate" },
  tlsKey: { type: 'path', help: "The collector's private key" },
  ...enrollSettings,
  insecure: {
    type: 'boolean',
    default: 'false',
    help: 'Let agents on loopback connect without certificates; for trying out',
  },
  apiToken: { type: 'string', secret: true, help: 'What HTTP clients must show' },
  apiTokenFile: { type: 'path', help: 'File that holds what HTTP clients must show' },
  apiOpen: {
    type: 'boolean',
    default: 'false',
    help: 'Serve the HTTP API beyond loopback without a token',
  },
  beatInterval: {
    type: 'duration',
    default: '30s',
    min: 1000,
    max: HOUR_MS,
    help: 'How often agents report that they live',
  },
  sessionLifetime: {
    type: 'duration',
    default: '1h',
    min: 0,
    max: 24 * HOUR_MS,
    help: 'How long a session lasts before its agent connects anew; 0: forever',
  },
  maxConnections: {
    type: 'number',
    default: '20000',
    min: 1,
    max: 1_000_000,
    help: 'Most connections of agents; an agent has one, and a second for a moment now and then',
  },
  maxHandshakes: {
    type: 'number',
    default: '2000',
    min: 1,
    max: 1_000_000,
    help: 'Most connections that have yet to show who they are',
  },
  maxHandshakesPerAddress: {
    type: 'number',
    default: '500',
    min: 1,
    max: 1_000_000,
    help: 'Most of these from one address; as max-handshakes where all agents come through a proxy',
  },
  verifyShare: {
    type: 'decimal',
    default: '0.01',
    min: 0,
    max: 1,
    help: 'Part of the layers that a second node reads too, to compare',
  },
  keepHistory: {
    type: 'duration',
    default: '90d',
    min: 0,
    max: CENTURY_MS,
    help: 'How long to remember what has gone',
  },
  keepHistoryRows: {
    type: 'number',
    default: '5000000',
    min: 0,
    help: 'How many things that have gone to remember',
  },
  keepEvents: { type: 'duration', default: '90d', min: 0, max: CENTURY_MS, help: 'How long to keep events' },
  keepNodes: {
    type: 'duration',
    default: '30d',
    min: HOUR_MS,
    max: CENTURY_MS,
    help: 'How long to keep a node that is not heard of',
  },
  keepContent: {
    type: 'duration',
    default: '14d',
    min: HOUR_MS,
    max: CENTURY_MS,
    help: 'How long to keep what was read from layers that no image needs',
  },
  keepAudit: {
    type: 'duration',
    default: '730d',
    min: 365 * 24 * HOUR_MS,
    max: CENTURY_MS,
    help: 'How long to keep the audit log of commands',
  },
  logLevel: { type: 'enum', values: LOG_LEVELS, default: 'info', help: 'How much to log' },
} as const satisfies SettingsSpec;
