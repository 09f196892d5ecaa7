import { isBareDigest, parseReference } from './image-reference.ts';
import { namePattern, type NamePattern } from './name-pattern.ts';
import type { CleanupImage, Reason } from './plan.ts';
import type { CleanupPolicy } from './policy.ts';

/** What the policy says of one image, before disk marks and limits. */
export interface Choice {
  readonly image: CleanupImage;
  readonly isEligible: boolean;
  readonly reasons: readonly Reason[];
}

interface NamedPattern {
  readonly text: string;
  readonly matches: NamePattern;
}

/** Says of each image whether it may go and why, in the order given. */
export function choose(images: readonly CleanupImage[], policy: CleanupPolicy): readonly Choice[] {
  // A pattern that cannot be read protects everything, and chooses nothing.
  const never = patterns(policy.never, true);
  const only = patterns(policy.only, false);
  const verdicts = new Map(policy.verdicts.map(({ digest, reason }) => [digest, reason]));
  const ranks = ranksInRepositories(images);
  return images.map((image) => {
    const keep = keepReason(image, policy, never, only);
    if (keep !== undefined) return { image, isEligible: false, reasons: [keep] };
    const verdict = verdictOf(image, verdicts);
    if (verdict !== undefined)
      return { image, isEligible: true, reasons: [{ kind: 'verdict', reason: verdict }] };
    if (policy.verdictsOnly) return { image, isEligible: false, reasons: [{ kind: 'no-verdict' }] };
    return byAge(image, policy, ranks.get(image.imageId) ?? []);
  });
}

/** What keeps an image whatever speaks for its removal. */
function keepReason(
  image: CleanupImage,
  policy: CleanupPolicy,
  never: readonly NamedPattern[],
  only: readonly NamedPattern[],
): Reason | undefined {
  if (image.uses.length > 0) return { kind: 'used', uses: image.uses };
  if (image.pinned)
    return { kind: 'used', uses: [{ imageId: image.imageId, kind: 'pin', who: 'a pin in the engine' }] };
  const names = allNames(image);
  for (const { text, matches } of never) {
    const name = names.find(matches);
    if (name !== undefined) return { kind: 'protected', name, pattern: text };
  }
  if (only.length > 0) {
    const spoken = names.filter((name) => !isBareDigest(name));
    const [other] = spoken.filter((name) => !only.some(({ matches }) => matches(name)));
    const isMeant = spoken.length > 0 || names.some((name) => only.some(({ matches }) => matches(name)));
    if (other !== undefined || !isMeant) return { kind: 'not-meant', name: other ?? image.imageId };
  }
  const [what] = image.unknowns;
  if (what !== undefined) return { kind: 'unknown', what };
  if (!image.isPullable && !policy.unpullable) return { kind: 'unpullable' };
  const ageMs = image.age?.ageMs ?? 0;
  if (ageMs < policy.minimumAgeMs) return { kind: 'young', ageMs, minimumMs: policy.minimumAgeMs };
  return undefined;
}

function byAge(image: CleanupImage, policy: CleanupPolicy, ranks: readonly Rank[]): Choice {
  const { unusedMs = 0, wasUsed = false } = image.age ?? {};
  if (unusedMs < policy.unusedForMs) {
    const reason: Reason = { kind: 'recently-used', unusedMs, neededMs: policy.unusedForMs, wasUsed };
    return { image, isEligible: false, reasons: [reason] };
  }
  const among = ranks.find(({ newer }) => newer < policy.keepNewest);
  if (among !== undefined) {
    const { repository } = among;
    const reason: Reason = { kind: 'newest', repository, keepNewest: policy.keepNewest };
    return { image, isEligible: false, reasons: [reason] };
  }
  const newer = Math.min(...ranks.map((rank) => rank.newer), Infinity);
  const reason: Reason = { kind: 'unused', unusedMs, wasUsed, newer: newer === Infinity ? 0 : newer };
  return { image, isEligible: true, reasons: [reason] };
}

/** Every name and digest that means the image. */
function allNames(image: CleanupImage): readonly string[] {
  const names = image.names.map(({ name }) => name);
  return [...new Set([...names, ...allDigests(image)])];
}

/** Every digest that an engine may call the image by. */
export function allDigests(image: CleanupImage): readonly string[] {
  const targets = image.names.map(({ target }) => target);
  return [...new Set([image.imageId, ...image.manifestDigests, ...targets])];
}

function verdictOf(image: CleanupImage, verdicts: ReadonlyMap<string, string>): string | undefined {
  return allDigests(image)
    .map((digest) => verdicts.get(digest))
    .find((reason) => reason !== undefined);
}

interface Rank {
  readonly repository: string;
  /** Images of the repository that came to this node later. */
  readonly newer: number;
}

/** For each image, its place in every repository that it has a name of. */
function ranksInRepositories(images: readonly CleanupImage[]): Map<string, Rank[]> {
  const repositories = new Map<string, CleanupImage[]>();
  for (const image of images) {
    const own = new Set(image.names.map(({ name }) => parseReference(name)?.repository));
    for (const repository of own) {
      if (repository === undefined) continue;
      const members = repositories.get(repository);
      if (members === undefined) repositories.set(repository, [image]);
      else members.push(image);
    }
  }
  const ranks = new Map<string, Rank[]>();
  for (const [repository, members] of repositories) {
    const youngestFirst = members.toSorted((a, b) => (a.age?.ageMs ?? 0) - (b.age?.ageMs ?? 0));
    youngestFirst.forEach(({ imageId }, newer) => {
      const known = ranks.get(imageId);
      if (known === undefined) ranks.set(imageId, [{ repository, newer }]);
      else known.push({ repository, newer });
    });
  }
  return ranks;
}

function patterns(texts: readonly string[], whenUnreadable: boolean): readonly NamedPattern[] {
  return texts.map((text) => ({ text, matches: namePattern(text) ?? ((): boolean => whenUnreadable) }));
}
