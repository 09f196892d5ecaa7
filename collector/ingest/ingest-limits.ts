import { DEFAULT_LIMITS, type Limits } from '../../proto/codec/limits.ts';

/** Bounds that keep a collector of any fleet within its memory. Bytes unless named otherwise. */
export interface IngestLimits extends Limits {
  readonly maxSessions: number;
  /** Content an agent may send ahead of what is stored; at least one message, or it could never send one. */
  readonly creditBytes: number;
  readonly creditItems: number;
  /** Content items that all agents together may be sending. */
  readonly maxLeases: number;
  /** Compressed content of all sessions that is not complete yet. */
  readonly assemblyBytes: number;
  /** Uncompressed content that is stored of one node at once, and then. */
  readonly nodeContentBytes: number;
  readonly nodeContentBytesPerSecond: number;
}

/** For 10,000 agents in 512 MiB. */
export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  ...DEFAULT_LIMITS,
  maxSessions: 20_000,
  creditBytes: 4 * 1024 * 1024,
  creditItems: 16,
  maxLeases: 1024,
  assemblyBytes: 128 * 1024 * 1024,
  // A thousand images of its own alone, each with 4 MiB; then as many in three days.
  nodeContentBytes: 4 * 1024 ** 3,
  nodeContentBytesPerSecond: 16 * 1024,
};

/** Times of sessions, ms. */
export interface IngestTiming {
  /** Longest wait for an agent's first message. */
  readonly helloMs: number;
  /** How often an agent that waits for its welcome is told so; agents are patient for 30 s. */
  readonly queuedMs: number;
  /** Longest wait for an agent to take a message. */
  readonly sendMs: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  /** How long a node has to supply what it was asked for. */
  readonly leaseMs: number;
  /** When an agent may ask again for content that another is sending. */
  readonly retryContentMs: number;
  /** When agents come back after the store failed. */
  readonly storeRetryMs: number;
  /** How long sessions may last; 0: for ever. */
  readonly sessionLifetimeMs: number;
  /** Agents of a closing collector come back spread over this. */
  readonly reconnectSpreadMs: number;
  /** How often certificate files are looked at. */
  readonly credentialCheckMs: number;
  /** How often a session that lasts is looked at again for a certificate that was revoked meanwhile. */
  readonly revocationCheckMs: number;
}

export const DEFAULT_INGEST_TIMING: IngestTiming = {
  helloMs: 10_000,
  queuedMs: 10_000,
  sendMs: 30_000,
  keepaliveMs: 30_000,
  keepaliveTimeoutMs: 10_000,
  leaseMs: 120_000,
  retryContentMs: 5_000,
  storeRetryMs: 5_000,
  sessionLifetimeMs: 0,
  reconnectSpreadMs: 10_000,
  credentialCheckMs: 30_000,
  revocationCheckMs: 60_000,
};
