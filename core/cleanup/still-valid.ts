import { explain } from './explain.ts';
import type { CleanupPlan, PlanItem } from './plan.ts';

/** What of a plan may still be done, by a plan made anew from the node's present state. */
export interface StillValid {
  /** In the old plan's order. */
  readonly items: readonly PlanItem[];
  /** What was to go and may not any more, with the reason in words. */
  readonly refused: readonly { readonly item: PlanItem; readonly why: string }[];
}

/**
 * A plan is a promise about what goes, not an order: nothing goes that the node, looked at now, would not let go by the
 * same policy, and nothing beyond what the plan named.
 */
export function stillValid(plan: CleanupPlan, renewed: CleanupPlan): StillValid {
  const now = new Map(renewed.items.map((item) => [item.imageId, item]));
  const items: PlanItem[] = [];
  const refused: { item: PlanItem; why: string }[] = [];
  for (const item of plan.items) {
    if (item.action !== 'remove') continue;
    const present = now.get(item.imageId);
    if (present === undefined) refused.push({ item, why: 'it is gone already' });
    else if (present.action !== 'remove') refused.push({ item, why: explain(present) });
    else if (!sameNames(item, present))
      refused.push({ item, why: 'its names have changed since the plan was made' });
    else items.push(present);
  }
  return { items, refused };
}

function sameNames(one: PlanItem, other: PlanItem): boolean {
  const keys = (item: PlanItem): string =>
    JSON.stringify(
      item.names
        .map(({ engine, namespace, name, target }) => `${engine} ${namespace} ${name} ${target}`)
        .toSorted((a, b) => (a < b ? -1 : 1)),
    );
  return keys(one) === keys(other);
}
