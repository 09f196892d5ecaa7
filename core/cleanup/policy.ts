/** How to choose what to remove. Times in ms. docs/cleanup.md has an example of each part. */
export interface CleanupPolicy {
  /** Not seen in use for this long. */
  readonly unusedForMs: number;
  /** On this node for this long, whatever else speaks for removal. */
  readonly minimumAgeMs: number;
  /** So many images of each repository stay, the youngest on this node first; those in use count. */
  readonly keepNewest: number;
  /** Only images of which every name is meant by one of these patterns; empty means all. */
  readonly only: readonly string[];
  /** No image of which any name is meant by one of these. */
  readonly never: readonly string[];
  /** Remove only when the disk is fuller than `high`, and then just enough to get below `low`. */
  readonly disk?: DiskMarks;
  /** Images to remove for a reason of their own, unused for long or not. */
  readonly verdicts: readonly Verdict[];
  /** Only images with a verdict. */
  readonly verdictsOnly: boolean;
  /** Also images that did not come from a registry: they cannot be pulled again. */
  readonly unpullable: boolean;
  readonly limits: RunLimits;
  /** For so long a removal can be undone, where the engine can; the space is freed after it. */
  readonly graceMs: number;
}

/** Percent of the disk, 0 to 100; `low` is below `high`. Either kind may be the one that triggers. */
export interface DiskMarks {
  readonly bytes?: { readonly high: number; readonly low: number };
  readonly inodes?: { readonly high: number; readonly low: number };
}

export interface Verdict {
  /** Image ID or manifest digest. */
  readonly digest: string;
  /** A sentence's end: `vulnerable: CVE-2024-3094 in xz-utils`. */
  readonly reason: string;
}

/** Most that one run removes; absent means no bound. */
export interface RunLimits {
  readonly images?: number;
  readonly bytes?: number;
  readonly seconds?: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const DEFAULT_POLICY: CleanupPolicy = {
  unusedForMs: 7 * DAY,
  minimumAgeMs: DAY,
  keepNewest: 0,
  only: [],
  never: [],
  verdicts: [],
  verdictsOnly: false,
  unpullable: false,
  limits: {},
  graceMs: 60 * MINUTE,
};

/** What the node's own configuration says about all removals: no policy and no command goes beyond. */
export interface NodeCeilings {
  /** False: this node removes nothing; plans can be made all the same. */
  readonly isRemovalAllowed: boolean;
  readonly never: readonly string[];
  readonly minimumAgeMs: number;
  readonly isUnpullableAllowed: boolean;
  readonly limits: RunLimits;
}

/** The policy as this node lets it be: the stricter of both everywhere. */
export function withinCeilings(policy: CleanupPolicy, ceilings: NodeCeilings): CleanupPolicy {
  return {
    ...policy,
    minimumAgeMs: Math.max(policy.minimumAgeMs, ceilings.minimumAgeMs),
    never: [...new Set([...policy.never, ...ceilings.never])],
    unpullable: policy.unpullable && ceilings.isUnpullableAllowed,
    limits: stricter(policy.limits, ceilings.limits),
  };
}

function stricter(one: RunLimits, other: RunLimits): RunLimits {
  const least = (key: keyof RunLimits): number => Math.min(one[key] ?? Infinity, other[key] ?? Infinity);
  const bounds = (['images', 'bytes', 'seconds'] as const).map((key) => [key, least(key)] as const);
  return Object.fromEntries(bounds.filter(([, bound]) => bound !== Infinity));
}
