/** All in ms. */
export interface UplinkTiming {
  /** Longest wait for a connection and the collector's welcome. */
  readonly welcomeMs: number;
  /** Longest wait for any other answer. */
  readonly responseMs: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** How often certificate files are looked at. */
  readonly credentialCheckMs: number;
  /** A session is not left for its age before, whatever the collector says. */
  readonly leastLifetimeMs: number;
  /** After so long without a session the node is on its own. */
  readonly aloneMs: number;
}

export const DEFAULT_TIMING: UplinkTiming = {
  welcomeMs: 30_000,
  responseMs: 60_000,
  keepaliveMs: 20_000,
  keepaliveTimeoutMs: 10_000,
  backoffBaseMs: 1_000,
  backoffCapMs: 60_000,
  credentialCheckMs: 30_000,
  leastLifetimeMs: 5_000,
  aloneMs: 60_000,
};
