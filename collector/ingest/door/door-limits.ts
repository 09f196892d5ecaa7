/** Bounds of a listening socket, which everyone may knock at. */
export interface DoorLimits {
  /** Connections in all. */
  readonly maxConnections: number;
  /** Of these, in their TLS handshakes: nothing is known of who they are. */
  readonly maxHandshakes: number;
  /** Of these, from one address. */
  readonly maxHandshakesPerAddress: number;
  /** Connections after their handshakes of one node, or of one address where no certificates are asked for. */
  readonly maxPerHolder: number;
  /** Longest a handshake may take, ms. */
  readonly handshakeMs: number;
}

/** For 10,000 agents, each of which has two connections for a moment when it renews its session. */
export const DEFAULT_DOOR_LIMITS: DoorLimits = {
  maxConnections: 20_000,
  maxHandshakes: 2000,
  maxHandshakesPerAddress: 500,
  // Of a node whose network comes and goes, some are found dead only after a while.
  maxPerHolder: 64,
  // As long as agents wait for it.
  handshakeMs: 20_000,
};
