import { makePlan, type HashText } from '../../core/cleanup/make-plan.ts';
import type { CleanupImage, CleanupPlan, DiskFill, ImageAge } from '../../core/cleanup/plan.ts';
import { withinCeilings, type CleanupPolicy, type NodeCeilings } from '../../core/cleanup/policy.ts';
import type { Storage, StorageRoot, StoredThing } from '../../core/cleanup/storage.ts';
import type { ImageUse } from '../../core/cleanup/uses.ts';
import type { Engine, Image } from '../../core/inventory.ts';
import { joinImages } from '../../core/join-images.ts';
import type { HoldingsReader, Leak, RuntimeHoldings } from '../runtimes/holdings.ts';
import { errorMessage } from '../../platform/error-message.ts';

/** An engine that a plan must ask. */
export interface PlannedEngine {
  readonly id: Engine['id'];
  readonly address: string;
  readonly reader: HoldingsReader;
}

export interface PlanCleanupParts {
  readonly node: string;
  /** ms since the epoch. */
  readonly now: () => number;
  readonly hash: HashText;
  /** Every engine of this node; one that does not answer is reason enough to remove nothing. */
  readonly engines: readonly PlannedEngine[];
  readonly ceilings: NodeCeilings;
  /** By image ID, in node time. */
  readonly ages: (imageIds: readonly string[]) => ReadonlyMap<string, ImageAge>;
  /** Uses that no engine tells of: images whose layers are being read, our own. */
  readonly ownUses: () => readonly ImageUse[];
  /** Of the fullest disk; undefined when it cannot be read. */
  readonly disk: () => Promise<DiskFill | undefined>;
  /** Sentences: what of this node's past makes ages unsure, such as a clock that jumped. */
  readonly warnings: () => readonly string[];
}

export interface PlannedCleanup {
  readonly plan: CleanupPlan;
  /** What the plan was made from. */
  readonly storage: Storage;
  /** What nothing refers to; reported, not removed. */
  readonly leaks: readonly Leak[];
}

type Answer =
  | { readonly engine: PlannedEngine; readonly holdings: RuntimeHoldings }
  | { readonly engine: PlannedEngine; readonly problem: string };

/** containerd's namespace that Docker drives: what is in it is Docker's to remove. */
const DOCKER_NAMESPACE = 'moby';

/** Asks every engine what it keeps and who uses it, and makes the plan. Does not throw for an engine that fails. */
export async function planCleanup(
  policy: CleanupPolicy,
  parts: PlanCleanupParts,
  signal: AbortSignal,
): Promise<PlannedCleanup> {
  const answers = await Promise.all(parts.engines.map((engine) => ask(engine, policy, signal)));
  const read = answers.flatMap((answer) => ('holdings' in answer ? [answer] : []));
  const unreadable = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
  if (answers.length === 0) unreadable.push('There is no container engine here.');
  const { images, imageIdOf } = joinImages(read.flatMap(({ holdings }) => holdings.view.images));
  const uses = [...read.flatMap(({ holdings }) => holdings.uses), ...parts.ownUses()];
  const usesOf = Map.groupBy(uses, ({ imageId }) => imageIdOf(imageId));
  const ages = parts.ages(images.map(({ imageId }) => imageId));
  const fromRegistry = idsOf(read, imageIdOf, ({ fromRegistry }) => fromRegistry);
  const restorable = new Map(
    read.map((one) => [one.engine.id, idsOf([one], imageIdOf, ({ restorable }) => restorable)] as const),
  );
  const hasDocker = parts.engines.some(({ id }) => id === 'docker');

  const candidates = images.map((image): CleanupImage => {
    const names = hasDocker ? image.names.filter((name) => !isDriven(name)) : image.names;
    const age = ages.get(image.imageId);
    return {
      ...image,
      names: names.length === 0 ? image.names : names,
      uses: distinct(usesOf.get(image.imageId) ?? []),
      ...(age && { age }),
      isPullable: fromRegistry.has(image.imageId),
      canRestore: canRestore(image, restorable),
      unknowns:
        !hasDocker && image.names.some(isDriven)
          ? ['it is Docker’s, whose socket is not given to this agent']
          : [],
    };
  });
  const disk = await parts.disk();
  const storage = joined(read, imageIdOf);
  const plan = makePlan(
    {
      node: parts.node,
      createdAt: parts.now(),
      images: candidates,
      storage,
      policy: withinCeilings(policy, parts.ceilings),
      ...(disk && { disk }),
      unreadable,
      warnings: [...parts.warnings(), ...notes(read), ...off(parts.ceilings)],
    },
    parts.hash,
  );
  return { plan, storage, leaks: read.flatMap(({ holdings }) => holdings.leaks) };
}

async function ask(engine: PlannedEngine, policy: CleanupPolicy, signal: AbortSignal): Promise<Answer> {
  try {
    const inodes = policy.disk?.inodes !== undefined;
    return { engine, holdings: await engine.reader.holdings(signal, { inodes }) };
  } catch (error) {
    signal.throwIfAborted();
    const why = errorMessage(error);
    return { engine, problem: `Who uses what in ${engine.id} (${engine.address}) cannot be read: ${why}` };
  }
}

type Read = Extract<Answer, { readonly holdings: RuntimeHoldings }>;

function idsOf(
  read: readonly Read[],
  imageIdOf: (digest: string) => string,
  choose: (holdings: RuntimeHoldings) => ReadonlySet<string>,
): ReadonlySet<string> {
  return new Set(read.flatMap(({ holdings }) => [...choose(holdings)].map(imageIdOf)));
}

function isDriven({ engine, namespace }: Image['names'][number]): boolean {
  return engine === 'containerd' && namespace === DOCKER_NAMESPACE;
}

/** Every engine that has a name for it must be able to bring it back. */
function canRestore(image: Image, restorable: ReadonlyMap<Engine['id'], ReadonlySet<string>>): boolean {
  return image.names.every(({ engine }) => restorable.get(engine)?.has(image.imageId) === true);
}

/** One container may be told of by two engines. */
function distinct(uses: readonly ImageUse[]): readonly ImageUse[] {
  return [...new Map(uses.map((use) => [`${use.kind} ${use.who}`, use])).values()];
}

function joined(read: readonly Read[], imageIdOf: (digest: string) => string): Storage {
  const things = new Map<string, StoredThing>();
  const roots: StorageRoot[] = [];
  for (const { holdings } of read) {
    for (const [id, thing] of holdings.storage.things) things.set(id, thing);
    for (const { holder, refs } of holdings.storage.roots) {
      const known = holder.kind === 'image' ? { ...holder, imageId: imageIdOf(holder.imageId) } : holder;
      roots.push({ holder: known, refs });
    }
  }
  return { things, roots };
}

function notes(read: readonly Read[]): string[] {
  return read.flatMap(({ holdings }) => [
    ...(holdings.notes ?? []),
    ...holdings.view.problems.map(({ subject, message }) => `${subject}: ${message}`),
  ]);
}

function off({ isRemovalAllowed }: NodeCeilings): string[] {
  return isRemovalAllowed ? [] : ['Removal is off on this node: a plan can be made, but not applied.'];
}
