import type { HashText } from './make-plan.ts';
import type { CleanupPlan } from './plan.ts';

/**
 * What a plan's ID must be, by all that it says: who names a plan by its ID means every image in it. Holds for a plan as
 * it was made, or read from its JSON; not for one of which something was left out.
 */
export function planHash(plan: CleanupPlan, hash: HashText): string {
  const { id: _, createdAt: __, ...body } = plan;
  return hash(JSON.stringify(body));
}
