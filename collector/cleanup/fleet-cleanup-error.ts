/**
 * Why something ordered for the fleet cannot be.
 * - `invalid`: what was asked makes no sense
 * - `not-found`: there is no such plan, rollout, receipt or list
 * - `conflict`: not in the state that it is in
 */
export class FleetCleanupError extends Error {
  readonly code: 'invalid' | 'not-found' | 'conflict';

  constructor(code: FleetCleanupError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'FleetCleanupError';
    this.code = code;
  }
}
