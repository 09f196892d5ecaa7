import type { DocumentKind } from './fleet-orders.ts';

const PARTS: Partial<Record<DocumentKind, DocumentKind>> = {
  'fleet-plan': 'plan-node',
  rollout: 'rollout-node',
};

/** What kind belongs to documents of this one; undefined where none does. IDs are people's, and of one kind only. */
export function partsOf(kind: DocumentKind): DocumentKind | undefined {
  return PARTS[kind];
}
