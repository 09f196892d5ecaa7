import type { CleanupImage } from '../../core/cleanup/plan.ts';
import { DEFAULT_POLICY, type CleanupPolicy } from '../../core/cleanup/policy.ts';
import type { Storage, StoredThing } from '../../core/cleanup/storage.ts';
import type { PlanInput } from '../../core/cleanup/make-plan.ts';

export const DAY = 24 * 60 * 60_000;

/** An image that every policy lets go: old, unused, pulled. `name`: its one name on containerd. */
export function staleImage(name: string, changes: Partial<CleanupImage> = {}): CleanupImage {
  const imageId = `sha256:${name}`;
  return {
    imageId,
    names: [{ engine: 'containerd', namespace: 'k8s.io', name, target: `sha256:manifest-of-${name}` }],
    manifestDigests: [`sha256:manifest-of-${name}`],
    os: 'linux',
    architecture: 'amd64',
    diffIds: [],
    sizeBytes: 1,
    labels: {},
    pinned: false,
    uses: [],
    age: { ageMs: 50 * DAY, unusedMs: 40 * DAY, wasUsed: true },
    isPullable: true,
    canRestore: true,
    unknowns: [],
    ...changes,
  };
}

/** A storage where image NAME holds the things after it, `base:100` being 100 bytes and 1 inode that others may hold too. */
export function storageOf(
  held: Readonly<Record<string, readonly string[]>>,
  others: readonly string[] = [],
): Storage {
  const things = new Map<string, StoredThing>();
  const refsOf = (texts: readonly string[]): string[] =>
    texts.map((text) => {
      const [id = '', bytes = '0'] = text.split(':');
      if (!things.has(id)) things.set(id, { id, bytes: Number(bytes), inodes: 1, refs: [] });
      return id;
    });
  const roots = Object.entries(held).map(([name, texts]) => ({
    holder: { kind: 'image', imageId: `sha256:${name}` } as const,
    refs: refsOf(texts),
  }));
  const other = { holder: { kind: 'other', what: 'a lease' } as const, refs: refsOf(others) };
  return { things, roots: [...roots, other] };
}

/** What a plan is made from, with nothing in its way. */
export function planInput(
  images: readonly CleanupImage[],
  changes: Partial<Omit<PlanInput, 'policy'>> & { readonly policy?: Partial<CleanupPolicy> } = {},
): PlanInput {
  const { policy, ...rest } = changes;
  return {
    node: 'node-1',
    createdAt: 0,
    images,
    storage: { things: new Map(), roots: [] },
    unreadable: [],
    warnings: [],
    ...rest,
    policy: { ...DEFAULT_POLICY, ...policy },
  };
}
