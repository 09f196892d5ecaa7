import assert from 'node:assert/strict';
import type { Journals } from '../../../agent/cleanup/journal/journals.ts';
import { quarantined, type ImageRun } from '../../../agent/cleanup/journal/run-state.ts';
import type { CleanupPlan } from '../../../core/cleanup/plan.ts';
import type { World, WorldContainer, WorldName } from './world.ts';

/** What people did to images while a cleanup went on. */
export interface Meanwhile {
  /** IDs of images that were given names or lost them by people. */
  readonly touched: Set<string>;
  /** Containers that were made. */
  readonly made: WorldContainer[];
}

/** A cleanup as the node went through it. */
export interface Passage {
  readonly before: readonly WorldName[];
  readonly after: readonly WorldName[];
  /** IDs of images that somebody needed before it, and needs still. */
  readonly used: ReadonlySet<string>;
  readonly meanwhile: Meanwhile;
  /** The agent was not killed, nor did the engine crash. */
  readonly wasCalm: boolean;
  /** What became of images in it, by the journals. */
  readonly ends: readonly ImageRun[];
  readonly canRestore: boolean;
}

export function keyOf({ namespace, name }: Pick<WorldName, 'namespace' | 'name'>): string {
  return `${namespace} ${name}`;
}

/** What is gone was unused and is in a receipt, whole; what came was brought back. */
export function verifyPassage(passage: Passage): void {
  const { before, after, used, meanwhile, wasCalm, canRestore } = passage;
  const ends = Map.groupBy(passage.ends, ({ imageId }) => imageId);
  const has = (names: readonly WorldName[], name: WorldName): boolean =>
    names.some((one) => keyOf(one) === keyOf(name) && one.target === name.target);
  const isTold = (imageId: string, ...statuses: readonly ImageRun['status'][]): boolean =>
    ends.get(imageId)?.some(({ status }) => statuses.includes(status)) ?? false;

  for (const [imageId, names] of Map.groupBy(before, (name) => name.imageId)) {
    if (meanwhile.touched.has(imageId)) continue;
    const lost = names.filter((name) => !has(after, name)).map(({ name }) => name);
    if (lost.length === 0) {
      assert.ok(!isTold(imageId, 'quarantined', 'deleted') || !wasCalm, `${imageId} is said to be gone`);
      continue;
    }
    assert.ok(!used.has(imageId), `${imageId} is used, and lost ${lost.join(', ')}`);
    // Docker can give back a tag of what is still there, and nothing else.
    const isGone = lost.length === names.length || lost.every((name) => name.includes('@'));
    if (!canRestore && (!wasCalm || (isGone && isTold(imageId, 'untagged')))) continue;
    assert.ok(
      !meanwhile.made.some((container) => container.imageId === imageId),
      `${imageId} lost ${lost.join(', ')} to a container that came`,
    );
    assert.ok(
      isTold(imageId, 'quarantined', 'deleted'),
      `${imageId} lost ${lost.join(', ')} untold: ${JSON.stringify(ends.get(imageId))}`,
    );
    assert.equal(lost.length, names.length, `${imageId} lost only ${lost.join(', ')}`);
  }
  for (const name of after.filter((one) => !meanwhile.touched.has(one.imageId) && !has(before, one))) {
    assert.ok(isTold(name.imageId, 'restored') || !wasCalm, `${name.name} came from nowhere`);
  }
}

/** What is used does not go, and every image is told of. */
export function verifyPlan(
  plan: CleanupPlan,
  names: readonly WorldName[],
  used: ReadonlySet<string>,
  canRestore: boolean,
): void {
  assert.deepEqual(plan.refusals, []);
  for (const { action, imageId, undo, names: own } of plan.items) {
    if (action === 'keep') continue;
    assert.ok(!used.has(imageId), `${own[0]?.name} is used, and planned to go`);
    if (!canRestore) assert.notEqual(undo, 'restore');
  }
  const told = new Set(plan.items.map(({ imageId }) => imageId));
  for (const { name, imageId } of names) assert.ok(told.has(imageId), `${name} is not in the plan`);
}

/** Every container goes on, or can; what it was is what it is. */
export async function verifyContainers(world: World, containers: Iterable<WorldContainer>): Promise<void> {
  const states = await world.states();
  for (const container of containers) {
    assert.equal(states.get(container.id) ?? 'created', container.state, container.id);
    await world.verifyContainer(container);
  }
}

/**
 * Every run has an end; what can be undone is all there; nothing is kept that no run tells of. An undo that was cut off
 * may have brought the names back and not said so.
 */
export async function verifyJournals(
  world: World,
  journals: Journals,
  names: readonly WorldName[],
): Promise<void> {
  const known = new Set<string>();
  const there = new Set(await world.quarantines());
  const targets = new Map(names.map((name) => [keyOf(name), name.target]));
  for (const run of journals.runs()) {
    assert.notEqual(run.outcome, undefined, `the run ${run.runId} has no end`);
    for (const image of quarantined(run)) {
      for (const { leaseId } of image.leases) known.add(leaseId);
      if (image.saved.some((name) => targets.get(keyOf(name)) === name.target)) continue;
      for (const { leaseId } of image.leases) assert.ok(there.has(leaseId), `${leaseId} is gone`);
      for (const namespace of new Set(image.saved.map((name) => name.namespace)))
        await world.verifyKept(image.imageId, namespace);
    }
  }
  assert.deepEqual(
    [...there].filter((id) => !known.has(id)),
    [],
    'leases that nobody knows',
  );
}
