// Times that a collector tells, kept within what makes sense: it may be wrong, or taken over. All in ms.

const HOUR_MS = 3_600_000;
const DEFAULT_BEAT_MS = 30_000;
const LEAST_BEAT_MS = 100;
const LEAST_RETRY_MS = 20;
const LONGEST_SESSION_MS = 7 * 24 * HOUR_MS;

/** How often to beat. `told`: 0 for no word on it, when it stays as it was. */
export function beatOf(told: number, before = DEFAULT_BEAT_MS): number {
  return Math.min(Math.max(told || before, LEAST_BEAT_MS), HOUR_MS);
}

/** How long to stay away. */
export function waitOf(told: number): number {
  return Math.min(told, HOUR_MS);
}

/** When to offer content again that other nodes are at. */
export function retryOf(told: number): number {
  return Math.min(Math.max(told, LEAST_RETRY_MS), HOUR_MS);
}

/** How long a session lasts; undefined: as long as it does. */
export function lifetimeOf(told: number, leastMs: number): number | undefined {
  return told === 0 ? undefined : Math.min(Math.max(told, leastMs), LONGEST_SESSION_MS);
}
