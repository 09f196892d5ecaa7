import { allDigests, choose, type Choice } from './choose.ts';
import type { CleanupImage, CleanupPlan, DiskFill, PlanItem, Reason, Undo } from './plan.ts';
import type { CleanupPolicy, RunLimits } from './policy.ts';
import { NO_SPACE, SpaceLedger, type Space, type Storage } from './storage.ts';

export interface PlanInput {
  readonly node: string;
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly images: readonly CleanupImage[];
  readonly storage: Storage;
  /** As the node's ceilings let it be: see `withinCeilings`. */
  readonly policy: CleanupPolicy;
  /** Of the fullest disk that engines keep images on; absent when it cannot be read. */
  readonly disk?: DiskFill;
  /** Sentences: each source of references that could not be read. One is enough for nothing to be removed. */
  readonly unreadable: readonly string[];
  readonly warnings: readonly string[];
}

/** SHA-256 of a text, in hex. */
export type HashText = (text: string) => string;

interface Removal {
  readonly choice: Choice;
  readonly own: Space;
}

/**
 * Says for every image whether it goes or stays, and what that frees. Removes nothing when a source of references could
 * not be read. Pure: the same input gives the same plan.
 */
export function makePlan(input: PlanInput, hash: HashText): CleanupPlan {
  const { policy, disk } = input;
  // Engines list what is of one age in any order.
  const images = input.images.toSorted((a, b) => byText(sortText(a), sortText(b)));
  const refusals = [...input.unreadable];
  if (policy.disk !== undefined && disk === undefined)
    refusals.push('The policy has disk marks, but how full the disk is cannot be read.');

  const ledger = new SpaceLedger(input.storage);
  const own = new Map(images.map(({ imageId }) => [imageId, ledger.exclusive(imageId)]));
  const choices = choose(images, policy);
  const eligible = choices.filter(({ isEligible }) => isEligible);
  const kept = choices.filter(({ isEligible }) => !isEligible);
  const removals: Removal[] = [];
  const spared: Choice[] = [];
  let frees = NO_SPACE;

  if (refusals.length > 0) {
    spared.push(...eligible.map((choice) => because(choice, { kind: 'refused' })));
  } else {
    for (const choice of inOrder(eligible, policy, disk, ledger)) {
      const { imageId } = choice.image;
      const isWanted = hasVerdict(choice) || isDiskOver(policy, disk, frees, removals.length > 0);
      const limit = isWanted
        ? limitReached(policy.limits, removals.length, frees, ledger.exclusive(imageId))
        : undefined;
      if (!isWanted) spared.push(because(choice, { kind: 'disk-enough' }));
      else if (limit !== undefined) spared.push(because(choice, { kind: 'limit', limit }));
      else {
        frees = plus(frees, ledger.remove(imageId).freed);
        removals.push({ choice, own: own.get(imageId) ?? NO_SPACE });
      }
    }
  }

  const item = (choice: Choice, action: PlanItem['action']): PlanItem => ({
    imageId: choice.image.imageId,
    action,
    reasons: choice.reasons,
    names: choice.image.names,
    digests: allDigests(choice.image),
    exclusive: own.get(choice.image.imageId) ?? NO_SPACE,
    undo: undoOf(choice.image, policy),
  });
  const body = {
    node: input.node,
    policy,
    stateHash: hash(stateText(images)),
    items: [
      ...removals.map(({ choice }) => item(choice, 'remove')),
      ...[...spared, ...kept].map((choice) => item(choice, 'keep')),
    ],
    frees,
    ...(disk && { disk }),
    refusals,
    warnings: input.warnings,
  };
  return { id: hash(JSON.stringify(body)), createdAt: input.createdAt, ...body };
}

/**
 * All that a plan is true for, as text: images with their names and targets, and who uses them. Ages are not in it,
 * for they change by themselves; applying looks at them anew.
 */
function stateText(images: readonly CleanupImage[]): string {
  const lines = images.map((image) => {
    const uses = image.uses.map(({ kind, who }) => `${kind} ${who}`);
    const names = image.names.map((name) => `${name.engine} ${name.namespace} ${name.name} ${name.target}`);
    return JSON.stringify([image.imageId, image.pinned, names.toSorted(byText), uses.toSorted(byText)]);
  });
  return lines.toSorted(byText).join('\n');
}

function sortText({ names, imageId }: CleanupImage): string {
  return `${names[0]?.name ?? ''} ${imageId}`;
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Those with a verdict first, then those unused for the longest time. With disk marks, the greatest benefit first: bytes
 * (or inodes, when these are what runs out) times the time unused, counted anew after each removal, since what two
 * images share is freed only with the second.
 */
function* inOrder(
  eligible: readonly Choice[],
  policy: CleanupPolicy,
  disk: DiskFill | undefined,
  ledger: SpaceLedger,
): Generator<Choice> {
  const judged = eligible.filter(hasVerdict);
  yield* judged;
  const rest = eligible.filter((choice) => !hasVerdict(choice));
  if (policy.disk === undefined || disk === undefined) {
    yield* rest.toSorted((a, b) => unusedOf(b.image) - unusedOf(a.image));
    return;
  }
  const unit = unitThatRunsOut(policy, disk);
  const waiting = new Map(rest.map((choice) => [choice.image.imageId, choice]));
  while (waiting.size > 0) {
    let best: Choice | undefined;
    let most = -1;
    for (const choice of waiting.values()) {
      const benefit = (ledger.exclusive(choice.image.imageId)[unit] + 1) * (unusedOf(choice.image) + 1);
      if (benefit > most) [best, most] = [choice, benefit];
    }
    if (best === undefined) return;
    waiting.delete(best.image.imageId);
    yield best;
  }
}

function unusedOf(image: CleanupImage): number {
  return image.age?.unusedMs ?? 0;
}

function hasVerdict({ reasons }: Choice): boolean {
  return reasons[0]?.kind === 'verdict';
}

function because({ image }: Choice, reason: Reason): Choice {
  return { image, isEligible: false, reasons: [reason] };
}

/** Without marks a disk is always full enough. Once begun, removal goes on to the low mark. */
function isDiskOver(
  { disk: marks }: CleanupPolicy,
  disk: DiskFill | undefined,
  freed: Space,
  hasBegun: boolean,
): boolean {
  if (marks === undefined) return true;
  if (disk === undefined) return false;
  return (['bytes', 'inodes'] as const).some((unit) => {
    const mark = marks[unit];
    if (mark === undefined || disk[unit].total === 0) return false;
    const percent = (100 * (disk[unit].used - freed[unit])) / disk[unit].total;
    const wasOver = (100 * disk[unit].used) / disk[unit].total > mark.high;
    return hasBegun ? wasOver && percent > mark.low : percent > mark.high;
  });
}

function unitThatRunsOut({ disk: marks }: CleanupPolicy, disk: DiskFill): 'bytes' | 'inodes' {
  const excess = (unit: 'bytes' | 'inodes'): number => {
    const mark = marks?.[unit];
    if (mark === undefined || disk[unit].total === 0) return -Infinity;
    return (100 * disk[unit].used) / disk[unit].total - mark.high;
  };
  return excess('inodes') > excess('bytes') ? 'inodes' : 'bytes';
}

function limitReached(
  limits: RunLimits,
  images: number,
  freed: Space,
  next: Space,
): 'images' | 'bytes' | undefined {
  if (images >= (limits.images ?? Infinity)) return 'images';
  if (freed.bytes + next.bytes > (limits.bytes ?? Infinity)) return 'bytes';
  return undefined;
}

function undoOf(image: CleanupImage, policy: CleanupPolicy): Undo {
  if (image.canRestore && policy.graceMs > 0) return 'restore';
  return image.isPullable ? 'pull' : 'none';
}

function plus(one: Space, other: Space): Space {
  return { bytes: one.bytes + other.bytes, inodes: one.inodes + other.inodes };
}
