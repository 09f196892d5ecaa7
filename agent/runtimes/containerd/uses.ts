import type { ImageUse, UseKind } from '../../../core/cleanup/uses.ts';
import type { Container, Lease } from '../../../core/inventory.ts';
import { CRI_NAMESPACE, type CriView } from './cri.ts';
import type { CriNeeds } from './cri-needs.ts';
import { DIGEST } from './documents.ts';
import { chainsBelow, imageParts, part, partsOfReference, type ChainBelow } from './image-parts.ts';
import { PINNED_LABEL, PINNED_VALUE, type ResolvedName } from './images.ts';
import { isExpired, isOwnLease, quarantinedImage } from './leases.ts';
import type { NamespaceRecords } from './namespace-records.ts';
import type { NamespaceThings } from './stored-things.ts';

export interface UseSources {
  readonly held: readonly NamespaceRecords[];
  readonly containers: readonly Container[];
  readonly names: readonly ResolvedName[];
  readonly things: readonly NamespaceThings[];
  readonly cri: CriView;
  readonly criNeeds: CriNeeds;
  /** ms since the epoch. */
  readonly now: number;
}

/** Somebody uses whatever image has this part. */
interface Claim {
  readonly part: string;
  readonly kind: UseKind;
  readonly who: string;
}

/**
 * Who uses which image, by every way there is to use one. Where it cannot be told which of several images somebody
 * uses, each of them is in use.
 */
export function imageUses(sources: UseSources): readonly ImageUse[] {
  const below = chainsBelow(sources.things);
  return usesBy(sources.names, sources.things, [
    ...containerClaims(sources, below),
    ...criClaims(sources),
    ...leaseClaims(sources, below),
    ...snapshotClaims(sources, below),
    ...pinClaims(sources),
  ]);
}

/** Every image that has a claimed part. */
function usesBy(
  names: readonly ResolvedName[],
  things: readonly NamespaceThings[],
  claims: readonly Claim[],
): readonly ImageUse[] {
  const claimed = new Map<string, Claim[]>();
  for (const claim of claims) {
    const known = claimed.get(claim.part);
    if (known === undefined) claimed.set(claim.part, [claim]);
    else known.push(claim);
  }
  const kinds = new Set(claims.map((claim) => claim.part.slice(0, claim.part.indexOf(' '))));
  const partsOf = imageParts(things, (kind) => kinds.has(kind));
  const byTarget = new Map<string, readonly Claim[]>();
  const uses = new Map<string, ImageUse>();
  for (const name of names) {
    const { namespace, record, resolution } = name;
    if (resolution.kind !== 'image') continue;
    const { imageId } = resolution.content;
    const target = `${namespace} ${record.target.digest}`;
    const ofTarget = byTarget.get(target) ?? [...partsOf(name)].flatMap((one) => claimed.get(one) ?? []);
    byTarget.set(target, ofTarget);
    const ofName = claimed.get(part.name(namespace, record.name)) ?? [];
    for (const { kind, who } of [...ofName, ...ofTarget]) {
      uses.set(`${imageId} ${kind} ${who}`, { imageId, kind, who });
    }
  }
  return [...uses.values()];
}

/** By the name in its record, which may point elsewhere by now, and by the snapshot it stands on. */
function* containerClaims({ held, containers }: UseSources, below: ChainBelow): Iterable<Claim> {
  const shown = new Map(containers.map((one) => [`${one.namespace} ${one.id}`, one]));
  for (const { namespace, containers: records } of held) {
    for (const { id, image, snapshotter, snapshotKey } of records) {
      const container = shown.get(`${namespace} ${id}`);
      const kind = container?.kind ?? 'container';
      const who = container === undefined ? `container ${id}` : containerName(container);
      for (const one of partsOfReference(namespace, image)) yield { part: one, kind, who };
      const chain = below(namespace, snapshotter, snapshotKey);
      if (chain !== undefined) yield { part: part.top(chain), kind, who };
    }
  }
}

/** What the CRI says of its containers, of its own image, and of images that are volumes. */
function* criClaims({ cri, criNeeds, containers }: UseSources): Iterable<Claim> {
  const shown = new Map(
    containers.filter(({ namespace }) => namespace === CRI_NAMESPACE).map((one) => [one.id, one]),
  );
  for (const [id, { imageReferences }] of cri.containers) {
    const container = shown.get(id);
    const who = container === undefined ? `container ${id}` : containerName(container);
    for (const reference of imageReferences) yield* claims(reference, 'container', who);
    for (const reference of criNeeds.volumes.get(id) ?? []) yield* claims(reference, 'volume', who);
  }
  for (const reference of criNeeds.configured) yield* claims(reference, 'pin', "the CRI's configuration");
  for (const imageId of cri.pinnedImages) yield* claims(imageId, 'pin', 'the CRI');
}

function* claims(reference: string, kind: UseKind, who: string): Iterable<Claim> {
  for (const one of partsOfReference(CRI_NAMESPACE, reference)) yield { part: one, kind, who };
}

/** Leases of others, expired ones too, for they hold until containerd collects them; and our own readings. */
function* leaseClaims({ held, now }: UseSources, below: ChainBelow): Iterable<Claim> {
  for (const lease of held.flatMap(({ leases }) => leases)) {
    if (quarantinedImage(lease) !== undefined) continue;
    const isOwn = isOwnLease(lease);
    if (isOwn && isExpired(lease, now)) continue;
    const kind = isOwn ? 'scan' : 'lease';
    const who = `lease ${lease.id} of namespace ${lease.namespace}`;
    for (const one of leasedParts(lease, below)) yield { part: one, kind, who };
  }
}

/** A blob stands for every image that has it, a layer's snapshot for every image that has the layer on the same others. */
function* leasedParts({ namespace, resources }: Lease, below: ChainBelow): Iterable<string> {
  for (const { type, id } of resources) {
    const [kind, snapshotter = ''] = type.split('/');
    if (kind === 'content') yield part.blob(id);
    else if (kind === 'images') yield part.name(namespace, id);
    else if (kind === 'snapshots' && DIGEST.test(id)) yield part.chain(id);
    else if (kind === 'snapshots') {
      const chain = below(namespace, snapshotter, id);
      if (chain !== undefined) yield part.top(chain);
    }
  }
}

/** Snapshots that somebody made upon an image, with no container: a builder, or a container that is about to be. */
function* snapshotClaims({ things, held }: UseSources, below: ChainBelow): Iterable<Claim> {
  const known = new Set<string>();
  for (const { namespace, containers, leases } of held) {
    for (const { snapshotter, snapshotKey } of containers)
      known.add(`${namespace} ${snapshotter} ${snapshotKey}`);
    for (const { type, id } of leases.filter(isOwnLease).flatMap(({ resources }) => resources))
      known.add(`${namespace} ${type.slice(type.indexOf('/') + 1)} ${id}`);
  }
  for (const { namespace, snapshots } of things) {
    const parents = new Set(snapshots.map(({ snapshotter, parent }) => `${snapshotter} ${parent}`));
    for (const { snapshotter, key } of snapshots) {
      // What others stand on is claimed by them.
      if (DIGEST.test(key) || parents.has(`${snapshotter} ${key}`)) continue;
      if (known.has(`${namespace} ${snapshotter} ${key}`)) continue;
      const chain = below(namespace, snapshotter, key);
      const who = `snapshot ${key} of namespace ${namespace}`;
      if (chain !== undefined) yield { part: part.top(chain), kind: 'container', who };
    }
  }
}

/** One pinned name pins the image. */
function* pinClaims({ names, things }: UseSources): Iterable<Claim> {
  for (const { namespace, record, resolution } of names) {
    if (record.labels[PINNED_LABEL] !== PINNED_VALUE || resolution.kind !== 'image') continue;
    const who = `a label on ${record.name} of namespace ${namespace}`;
    yield { part: part.digest(resolution.content.imageId), kind: 'pin', who };
  }
  for (const { namespace, content, snapshots } of things) {
    for (const { digest, isRoot } of content) {
      const who = `the label containerd.io/gc.root on blob ${digest} of namespace ${namespace}`;
      if (isRoot) yield { part: part.blob(digest), kind: 'pin', who };
    }
    for (const { key, isRoot } of snapshots) {
      const who = `the label containerd.io/gc.root on snapshot ${key} of namespace ${namespace}`;
      if (isRoot && DIGEST.test(key)) yield { part: part.chain(key), kind: 'pin', who };
    }
  }
}

const LONG_ID = /^[0-9a-f]{64}$/;
const SHORT_ID = 12;

/** `pod shop/web-0`, `container web of pod shop/web-0 (exited)`, `container job (running)`. */
function containerName({ kind, name, state, pod }: Container): string {
  const podName = pod && `${pod.namespace}/${pod.name}`;
  if (kind === 'sandbox') return `pod ${podName ?? name}`;
  const shown = LONG_ID.test(name) ? name.slice(0, SHORT_ID) : name;
  return `container ${shown}${podName === undefined ? '' : ` of pod ${podName}`} (${state})`;
}
