import type { RunState } from '../cleanup/journal/run-state.ts';
import { sumOf } from '../../core/cleanup/measure.ts';
import type { CleanupPolicy } from '../../core/cleanup/policy.ts';
import type { Logger } from '../../platform/logging.ts';
import type { CleanupService } from './cleanup-service.ts';

export interface ScheduledCleanupParts {
  readonly cleanup: Pick<CleanupService, 'plan' | 'apply'>;
  readonly policy: CleanupPolicy;
  /** True: only says what would go. */
  readonly isDryRun: boolean;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** Plans, and does what the plan says unless that is nothing or only to be said. Does not throw: it is in the log. */
export async function scheduledCleanup(
  { cleanup, policy, isDryRun, logger }: ScheduledCleanupParts,
  signal: AbortSignal,
): Promise<RunState | undefined> {
  try {
    const { plan } = await cleanup.plan(policy, signal);
    const images = plan.items.filter(({ action }) => action === 'remove').length;
    for (const reason of plan.refusals) logger.warn({ reason }, 'scheduled cleanup removes nothing');
    logger.info({ plan: plan.id, images, bytes: plan.frees.bytes, isDryRun }, 'scheduled cleanup planned');
    if (images === 0 || isDryRun) return undefined;
    const run = await cleanup.apply({ planId: plan.id, issuer: 'schedule' }, signal);
    const freed = sumOf(run.images.flatMap(({ measured }) => measured ?? []));
    logger.info({ receipt: run.runId, outcome: run.outcome, bytes: freed.bytes }, 'scheduled cleanup ended');
    return run;
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error }, 'scheduled cleanup failed');
    return undefined;
  }
}
