import assert from 'node:assert/strict';
import {
  graceEnds,
  quarantined,
  type ImageRun,
  type RunState,
} from '../../../agent/cleanup/journal/run-state.ts';
import { CleanupWatch } from '../../../agent/tasks/cleanup-watch.ts';
import { sumOf } from '../../../core/cleanup/measure.ts';
import { DEFAULT_POLICY, type CleanupPolicy } from '../../../core/cleanup/policy.ts';
import {
  keyOf,
  verifyContainers,
  verifyJournals,
  verifyPassage,
  verifyPlan,
  type Meanwhile,
} from './invariants.ts';
import { MortalCleanup } from './mortal-cleanup.ts';
import type { Random } from './random.ts';
import { Tally } from './tally.ts';
import type { ContainerWanted, World, WorldContainer, WorldName } from './world.ts';

const HOUR = 3_600_000;
const ANY_AGE: CleanupPolicy = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0, graceMs: HOUR };
const MOST_CONTAINERS = 5;
const MOST_HOLDS = 4;
const REMEMBERED_RUNS = 20;
/** When cleanup may be killed, by what it is at. */
const MOMENTS = {
  apply: [
    ...['call keep', 'call remove', 'call release'],
    ...['record begun', 'record removing', 'record image-ended', 'record freed', 'record ended'],
  ],
  undo: ['record restoring', 'call restore', 'call release', 'record restored'],
  settle: ['record freeing', 'call release', 'record freed'],
} as const;
const signal = new AbortController().signal;

/**
 * Random use of a node by people and by cleanup, that is killed now and then, with an engine that crashes now and then.
 * Knows by itself who uses what, and after each step holds what is against what must be.
 */
export class Model {
  readonly tally = new Tally();
  readonly #world: World;
  readonly #random: Random;
  readonly #cleanup: MortalCleanup;
  readonly #containers = new Map<string, WorldContainer>();
  /** By ID. */
  readonly #leases = new Map<string, WorldName>();
  #meanwhile: Meanwhile | undefined;
  #number = 0;

  constructor(world: World, random: Random, folder: string) {
    this.#world = world;
    this.#random = random;
    this.#cleanup = new MortalCleanup(folder, world.engine, (moment) => this.tally.count(`kill ${moment}`));
  }

  /** One step of a random kind, and a look at everything after it. */
  async step(kind?: string): Promise<void> {
    const kinds = this.#kinds();
    for (let tries = 0; tries < 50; tries += 1) {
      const name = kind ?? this.#random.pick(kinds) ?? '';
      const did = await this.#do(name).catch((error: unknown) => {
        throw new Error(`in a step of the kind ${name}`, { cause: error });
      });
      if (!did) continue;
      this.tally.count(name);
      await this.#verify().catch((error: unknown) => {
        throw new Error(`after a step of the kind ${name}`, { cause: error });
      });
      return;
    }
  }

  /** Every container can be ended and started again. */
  async restartAll(): Promise<void> {
    for (const container of this.#containers.values()) {
      if (container.state === 'running') await this.#stop(container);
      await this.#start(container);
    }
    await this.#verify();
  }

  /** What can happen and has not yet. */
  neverDone(): readonly string[] {
    const { canRestore } = this.#world;
    const moments = canRestore
      ? [...MOMENTS.apply, ...MOMENTS.undo, ...MOMENTS.settle]
      : MOMENTS.apply.filter((moment) => !/ keep$| release$/.test(moment));
    const deaths = moments.flatMap((moment) => [`kill before ${moment}`, `kill after ${moment}`]);
    const kinds = [...this.#kinds(), 'crash of the engine in a run', ...deaths];
    return [...new Set(kinds)].filter((kind) => this.tally.of(kind) === 0);
  }

  /** Kinds of step, as often as they shall come. */
  #kinds(): readonly string[] {
    const { holds, canRestore, canBuild } = this.#world;
    const often = (times: number, ...kinds: readonly string[]): string[] =>
      kinds.flatMap((kind) => Array.from({ length: times }, () => kind));
    return [
      ...often(12, 'pull', 'end'),
      ...often(8, 'load', 'apply', 'free', 'stale apply', 'killed apply'),
      ...often(6, 'create', 'tag', 'untag', 'start'),
      ...often(4, 're-tag'),
      ...often(2, 'stop', 'sandbox', 'restart container'),
      ...(holds === undefined ? [] : [...often(2, 'lease', 'pin'), ...often(6, 'release', 'unpin')]),
      ...(canBuild ? often(4, 'build') : []),
      ...(canRestore
        ? [...often(12, 'undo'), ...often(8, 'settle', 'wait'), ...often(24, 'asked again')]
        : []),
      'crash of the engine',
    ];
  }

  /** Answers false when there was nothing to do it to. */
  async #do(kind: string): Promise<boolean> {
    switch (kind) {
      case 'apply':
        return await this.#apply(HOUR);
      case 'free':
        return await this.#apply(0);
      case 'killed apply':
        return await this.#apply(this.#random.oneIn(2) ? 0 : HOUR, { isMortal: true });
      case 'stale apply':
        return await this.#apply(this.#random.oneIn(2) ? 0 : HOUR, { isStale: true });
      case 'undo':
        return await this.#undo();
      case 'asked again':
        return await this.#askedAgain();
      case 'settle':
      case 'wait':
        return await this.#settle(kind);
      case 'crash of the engine':
        await this.#world.crash();
        await this.#learnStates();
        return true;
      default:
        return await this.#people(kind);
    }
  }

  async #people(kind: string): Promise<boolean> {
    const world = this.#world;
    const random = this.#random;
    const container = random.pick([...this.#containers.values()]);
    const source = random.below(world.sources);
    const namespace = random.pick(world.namespaces) ?? '';
    switch (kind) {
      case 'pull':
        await this.#touching(() => world.pull(namespace, source));
        return true;
      case 'load':
        await this.#touching(() => world.load(namespace, source));
        return true;
      case 'create':
      case 'sandbox':
        return await this.#create(kind === 'sandbox' ? 'sandbox' : 'container');
      case 'start':
        if (container === undefined || container.state === 'running') return false;
        await this.#start(container);
        return true;
      case 'stop':
        if (container?.state !== 'running') return false;
        await this.#stop(container);
        return true;
      case 'restart container':
        if (container?.state !== 'running') return false;
        await this.#stop(container);
        await this.#start(container);
        return true;
      case 'end':
        if (container === undefined || this.#containers.size < random.below(MOST_CONTAINERS)) return false;
        await world.remove(container);
        this.#containers.delete(container.id);
        return true;
      case 'release': {
        const [id, name] = random.pick([...this.#leases]) ?? [];
        if (id === undefined || name === undefined) return false;
        await world.holds?.release(id, name.namespace);
        this.#leases.delete(id);
        return true;
      }
      default:
        return await this.#name(kind);
    }
  }

  /** What is done to a name. */
  async #name(kind: string): Promise<boolean> {
    const world = this.#world;
    const names = await world.names();
    const name = this.#random.pick(names);
    if (name === undefined) return false;
    const tag = `alias-${this.#random.below(4)}:1`;
    switch (kind) {
      case 'tag':
      case 're-tag': {
        const old = names.find((one) => one.namespace === name.namespace && one.name === tag);
        const isMove = old !== undefined && old.imageId !== name.imageId;
        if (isMove !== (kind === 're-tag')) return false;
        await this.#touching(() => world.tag(name, tag));
        return true;
      }
      case 'untag':
        return await this.#refusable(() => this.#touching(() => world.untag(name)));
      case 'build':
        await this.#touching(() => world.build(name, `built-${this.#random.below(3)}:1`));
        return true;
      case 'lease': {
        if (this.#leases.size >= MOST_HOLDS) return false;
        const id = `theirs-${(this.#number += 1)}`;
        await world.holds?.lease(name, id);
        this.#leases.set(id, name);
        return true;
      }
      case 'pin':
        if (name.isPinned || names.filter(({ isPinned }) => isPinned).length >= MOST_HOLDS) return false;
        await world.holds?.pin(name, true);
        return true;
      case 'unpin': {
        const pinned = this.#random.pick(names.filter(({ isPinned }) => isPinned));
        if (pinned === undefined) return false;
        await world.holds?.pin(pinned, false);
        return true;
      }
      default:
        throw new Error(`no kind of step: ${kind}`);
    }
  }

  /** Docker refuses to remove what is in use: that is people's business. */
  async #refusable(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if ((error as { readonly statusCode?: number }).statusCode !== 409) throw error;
      return false;
    }
  }

  async #create(kind: ContainerWanted['kind']): Promise<boolean> {
    if (this.#containers.size >= MOST_CONTAINERS) return false;
    const name = this.#random.pick(await this.#world.names());
    const by = this.#random.pick(this.#world.ways) ?? 'name';
    if (name === undefined) return false;
    const id = `c-${(this.#number += 1)}`;
    await this.#world.create({ id, name, kind, by });
    this.tally.count(`${kind} by ${by}`);
    const { namespace, imageId } = name;
    const container: WorldContainer = { id, namespace, imageId, state: 'created' };
    this.#containers.set(id, container);
    this.#meanwhile?.made.push(container);
    return true;
  }

  async #start(container: WorldContainer): Promise<void> {
    await this.#world.start(container);
    container.state = 'running';
  }

  async #stop(container: WorldContainer): Promise<void> {
    await this.#world.stop(container);
    container.state = 'exited';
  }

  /** What a crash of the engine did to containers is the engine's business. */
  async #learnStates(): Promise<void> {
    const states = await this.#world.states();
    for (const container of this.#containers.values())
      container.state = states.get(container.id) ?? 'created';
  }

  #touch({ imageId }: WorldName): void {
    this.#meanwhile?.touched.add(imageId);
  }

  /** What is done gives a name to an image, and may take it from another. */
  async #touching(work: () => Promise<void>): Promise<void> {
    const before = this.#meanwhile === undefined ? [] : await this.#world.names();
    await work();
    if (this.#meanwhile === undefined) return;
    const after = await this.#world.names();
    const targets = (names: readonly WorldName[]): Map<string, WorldName> =>
      new Map(names.map((name) => [`${keyOf(name)} ${name.target}`, name]));
    const [old, now] = [targets(before), targets(after)];
    for (const [key, name] of [...old, ...now]) if (!old.has(key) || !now.has(key)) this.#touch(name);
  }

  /** Something people may do while cleanup is at it; what cannot be done any more is not. */
  async #interfere(call: string): Promise<void> {
    if (!this.#random.oneIn(6)) return;
    const kind = this.#random.pick(['create', 'create', 'sandbox', 'untag', 'tag', 're-tag', 'pull']) ?? '';
    const did = await this.#people(kind).catch(() => false);
    if (did) this.tally.count(`${kind} during ${call}`);
  }

  #policy(): CleanupPolicy {
    switch (this.#random.below(8)) {
      case 0:
        return { ...ANY_AGE, unpullable: true };
      case 1:
        return { ...ANY_AGE, unpullable: true, limits: { images: 1 } };
      case 2:
        return { ...ANY_AGE, never: ['**/app-0', 'loaded-0'] };
      case 3:
        return { ...ANY_AGE, keepNewest: 1 };
      default:
        return ANY_AGE;
    }
  }

  /** `isStale`: people do something after the plan is made, and while it is applied. */
  async #apply(graceMs: number, { isStale = false, isMortal = false } = {}): Promise<boolean> {
    const { service } = this.#cleanup;
    const { plan } = await service.plan({ ...this.#policy(), graceMs }, signal);
    if (!plan.items.some(({ action }) => action === 'remove')) return false;
    if (isStale) {
      for (let times = 1 + this.#random.below(3); times > 0; times -= 1) {
        const kind = this.#random.pick(['create', 'tag', 're-tag', 'untag', 'pull']) ?? '';
        await this.#people(kind).catch(() => false);
      }
    }
    const during = { isDisturbed: isStale, isMortal: isMortal || (isStale && this.#random.oneIn(4)) };
    await this.#during('apply', during, async () => {
      const run = await service.apply({ planId: plan.id, issuer: 'model' }, signal);
      for (const { status } of run.images) this.tally.count(`image ${status}`);
      if (isStale) return;
      // Nobody was in the way: all went as it was said.
      const isFreed = graceMs === 0 || !this.#world.canRestore;
      for (const { status, reason, names, measured, predicted } of run.images) {
        assert.equal(status, isFreed ? 'deleted' : 'quarantined', `${names[0]}: ${reason}`);
        if (isFreed) assert.equal(measured?.bytes, predicted.bytes, names[0]);
      }
      assert.equal(run.predicted.bytes, plan.frees.bytes);
    });
    return true;
  }

  async #undo(): Promise<boolean> {
    const run = this.#random.pick(
      this.#cleanup.journals.runs().filter((one) => graceEnds(one) !== undefined),
    );
    if (run === undefined) return false;
    const kept = quarantined(run);
    const only = this.#random.oneIn(3) ? kept.slice(0, 1) : kept;
    const imageIds = only.map(({ imageId }) => imageId);
    await this.#during('undo', { isMortal: this.#random.oneIn(2) }, async () => {
      const request = { issuer: 'model', reason: 'undo', imageIds };
      const { restored, problems } = await this.#cleanup.service.undo(run.runId, request, signal);
      assert.deepEqual(problems, []);
      assert.deepEqual(restored, imageIds);
      this.tally.count('image undone');
    });
    return true;
  }

  /** What is quarantined and was pulled again comes back whole. */
  async #askedAgain(): Promise<boolean> {
    const { service } = this.#cleanup;
    const present = new Set((await this.#world.names()).map(({ imageId }) => imageId));
    if (!service.kept().some(({ imageId }) => present.has(imageId))) return false;
    const failed = (error: unknown): never => assert.fail(String(error));
    await this.#during('undo', {}, async () => {
      const watch = new CleanupWatch({ cleanup: service, restored: () => undefined, failed }, signal);
      watch.present(present);
      await watch.close();
    });
    const left = service.kept().filter(({ imageId }) => present.has(imageId));
    assert.deepEqual(left, [], 'images that were pulled again and are not brought back');
    return true;
  }

  async #settle(kind: string): Promise<boolean> {
    const { journals, service } = this.#cleanup;
    const waiting = journals.runs().filter((run) => graceEnds(run) !== undefined);
    const run = this.#random.pick(waiting);
    if (run === undefined) return false;
    if (kind === 'wait') this.#cleanup.time += 2 * HOUR;
    await this.#during('settle', { isMortal: this.#random.oneIn(2) }, () =>
      service.settle(signal, kind === 'settle' ? run.runId : undefined),
    );
    return true;
  }

  /** `isDisturbed`: people are at it at the same time. `isMortal`: the agent may be killed, or the engine crash. */
  async #during(
    doing: keyof typeof MOMENTS,
    { isDisturbed = false, isMortal = false },
    work: () => Promise<unknown>,
  ): Promise<void> {
    const cleanup = this.#cleanup;
    const world = this.#world;
    const meanwhile: Meanwhile = { touched: new Set(), made: [] };
    await world.collect();
    const [before, full] = [await world.names(), await world.space()];
    const used = this.#used(before);
    const old = new Map(cleanup.journals.runs().map((run) => [run.runId, run]));
    const isCrash = isMortal && this.#random.oneIn(8);
    const crashAt = isCrash ? this.#random.below(6) : Infinity;
    let calls = 0;
    cleanup.meanwhile = async (call) => {
      if (calls === crashAt) {
        await world.crash();
        this.tally.count('crash of the engine in a run');
      }
      calls += 1;
      if (this.#meanwhile !== undefined) await this.#interfere(call);
    };
    if (isDisturbed) this.#meanwhile = meanwhile;
    if (isMortal && !isCrash) cleanup.end = this.#death(doing);
    const lived = await cleanup.survives(work);
    cleanup.meanwhile = async () => undefined;
    this.#meanwhile = undefined;
    if (calls > crashAt) await this.#learnStates();
    await cleanup.service.settle(signal);

    const runs = cleanup.journals
      .runs()
      .filter((run) => JSON.stringify(run) !== JSON.stringify(old.get(run.runId)));
    const wasCalm = lived && calls <= crashAt;
    const after = await world.names();
    const canRestore = world.canRestore;
    const ends = runs.flatMap((run) => endsSince(run, old.get(run.runId)));
    verifyPassage({ before, after, used, meanwhile, wasCalm, ends, canRestore });
    if (!wasCalm || isDisturbed) return;
    const measured = (run: RunState | undefined): number =>
      sumOf((run?.images ?? []).flatMap((image) => image.measured ?? [])).bytes;
    const told = runs.reduce((sum, run) => sum + measured(run) - measured(old.get(run.runId)), 0);
    assert.equal(full.bytes - (await world.space()).bytes, told, 'bytes gone from the disk');
  }

  /** Rather such as was seldom. */
  #death(doing: keyof typeof MOMENTS): { readonly moment: string; readonly times: number } {
    const moments = MOMENTS[doing].flatMap((moment) => [`before ${moment}`, `after ${moment}`]);
    if (this.#random.oneIn(2)) {
      const times = (moment: string): number => this.tally.of(`kill ${moment}`);
      const [seldom = ''] = moments.toSorted((a, b) => times(a) - times(b));
      return { moment: seldom, times: 0 };
    }
    return { moment: this.#random.pick(moments) ?? '', times: this.#random.below(4) };
  }

  /** IDs of images that somebody needs. */
  #used(names: readonly WorldName[]): ReadonlySet<string> {
    return new Set([
      ...[...this.#containers.values()].map(({ imageId }) => imageId),
      ...[...this.#leases.values()].map(({ imageId }) => imageId),
      ...names.filter(({ isPinned }) => isPinned).map(({ imageId }) => imageId),
    ]);
  }

  async #verify(): Promise<void> {
    const { journals, service } = this.#cleanup;
    journals.forget(REMEMBERED_RUNS);
    await verifyContainers(this.#world, this.#containers.values());
    const names = await this.#world.names();
    await verifyJournals(this.#world, journals, names);
    const { plan } = await service.plan(ANY_AGE, signal);
    verifyPlan(plan, names, this.#used(names), this.#world.canRestore);
  }
}

/** Images whose names came or went since. What was kept and is freed had none. */
function endsSince(run: RunState, old: RunState | undefined): readonly ImageRun[] {
  const statuses = new Map(old?.images.map(({ imageId, status }) => [imageId, status]));
  return run.images.filter(({ imageId, status }) => {
    const was = statuses.get(imageId);
    return status !== was && !(was === 'quarantined' && status === 'deleted');
  });
}
