import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { graceEnds, quarantined } from '../../agent/cleanup/journal/run-state.ts';
import { PlanStore } from '../../agent/cleanup/plan-store.ts';
import { carryOut } from '../../agent/cleanup/remover/carry-out.ts';
import { containerdRemoval } from '../../agent/runtimes/containerd/removal.ts';
import { CleanupService } from '../../agent/tasks/cleanup-service.ts';
import { planCleanup } from '../../agent/tasks/plan-cleanup.ts';
import { DEFAULT_POLICY, type CleanupPolicy } from '../../core/cleanup/policy.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import { runtimeOn } from '../support/containerd-runtime.ts';
import { collect } from '../support/containerd-space.ts';
import { startContainerd } from '../support/containerd.ts';
import { MortalJournals } from '../support/mortal-journals.ts';
import { startRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

// Random use of a real containerd by people and by cleanup, that is killed now and then. After each step nothing that is
// in use is gone, nothing kept is lost, and what is said to be freed is.
// TALLYMAN_MODEL_STEPS: how many steps; TALLYMAN_MODEL_SEED: another seed gives another life.

const STEPS = Number(process.env['TALLYMAN_MODEL_STEPS'] ?? 40);
const SEED = Number(process.env['TALLYMAN_MODEL_SEED'] ?? 1);
const NAMESPACES = ['default', 'k8s.io'];
const ANY_AGE: CleanupPolicy = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0 };
const IMAGES = 6;

class Killed extends Error {}

/** A small generator, so that a seed gives the same run. Source: mulberry32, public domain. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test(
  `whatever happens on a node, cleanup removes nothing in use and loses nothing it keeps (seed ${SEED})`,
  {
    skip: needsRoot() || needsCommands('containerd', 'ctr', 'busybox'),
  },
  async (context) => {
    const random = generator(SEED);
    const pick = <T>(from: readonly T[]): T | undefined => from[random(Math.max(1, from.length))];
    const folder = mkdtempSync(join(tmpdir(), 'tallyman-model-'));
    const engine = await startContainerd({ cri: false });
    const registry = await startRegistry();
    const runtime = runtimeOn(engine.address);
    const removal = containerdRemoval({ address: engine.address, owner: 'model' });
    context.after(async () => {
      await Promise.all([runtime.close(), removal.close()]);
      await registry.stop();
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    });
    const sources = await Promise.all(
      Array.from({ length: IMAGES }, async (_, at) => {
        const shared = { path: `srv/shared-${at % 2}`, content: randomOf(at % 2) };
        const image = await runnableImage([
          [shared],
          [{ path: `srv/own-${at}`, content: randomOf(100 + at) }],
        ]);
        return registry.add(`shop/app-${at}`, '1', image);
      }),
    );

    let time = Date.now();
    let left = Infinity;
    let leaseNumber = 0;
    const tick = (): void => {
      left -= 1;
      if (left < 0) throw new Killed();
    };
    const journals = new MortalJournals(join(folder, 'runs'), tick);
    const signal = new AbortController().signal;
    const engines = [{ id: 'containerd' as const, address: engine.address, reader: runtime, removal }];
    const cleanup = new CleanupService({
      ceilings: {
        isRemovalAllowed: true,
        never: [],
        minimumAgeMs: 0,
        isUnpullableAllowed: false,
        limits: {},
      },
      plans: new PlanStore(join(folder, 'plans')),
      journals,
      now: () => time,
      changed: () => undefined,
      plan: (policy) =>
        planCleanup(
          policy,
          {
            node: 'model',
            now: () => time,
            hash: sha256Hex,
            engines,
            ceilings: {
              isRemovalAllowed: true,
              never: [],
              minimumAgeMs: 0,
              isUnpullableAllowed: false,
              limits: {},
            },
            ages: () => new Map(),
            ownUses: () => [],
            disk: async () => undefined,
            warnings: () => [],
          },
          signal,
        ),
      carryOut: (order, { onProgress }) =>
        carryOut(
          order,
          {
            engines,
            journals,
            now: () => time,
            newLeaseId: () => `tallyman-quarantine-${(leaseNumber += 1)}`,
            pace: async () => undefined,
            told: onProgress,
          },
          signal,
        ),
    });

    /** By ID, with its namespace and whether it runs. */
    const containers = new Map<string, { readonly namespace: string; isRunning: boolean }>();
    let number = 0;
    const within = async (namespace: string, ...args: readonly string[]): Promise<string> =>
      await engine.ctr('--namespace', namespace, ...args);
    const listed = async (namespace: string): Promise<string[]> =>
      (await within(namespace, 'images', 'list', '--quiet')).split('\n').filter(Boolean);

    async function apply(graceMs: number): Promise<void> {
      const { plan } = await cleanup.plan({ ...ANY_AGE, graceMs }, signal);
      assert.deepEqual(plan.refusals, []);
      // Somebody is quicker than we are, now and then.
      if (random(3) === 0) await steps.start?.();
      if (random(3) === 0) left = random(30);
      try {
        const run = await cleanup.apply({ planId: plan.id, issuer: 'model' }, signal);
        if (graceMs > 0) return;
        for (const image of run.images) {
          if (image.status === 'deleted') assert.deepEqual(image.measured, image.predicted, image.names[0]);
        }
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      } finally {
        left = Infinity;
      }
      await cleanup.settle(signal);
    }

    const steps: Readonly<Record<string, () => Promise<void>>> = {
      async pull() {
        const name = pick(sources) ?? '';
        await within(pick(NAMESPACES) ?? '', 'images', 'pull', '--plain-http', name);
      },
      async tag() {
        const namespace = pick(NAMESPACES) ?? '';
        const name = pick(await listed(namespace));
        if (name !== undefined)
          await within(namespace, 'images', 'tag', '--force', name, `alias-${random(4)}:1`);
      },
      async untag() {
        const namespace = pick(NAMESPACES) ?? '';
        const name = pick(await listed(namespace));
        if (name !== undefined) await within(namespace, 'images', 'remove', name);
      },
      async start() {
        const namespace = pick(NAMESPACES) ?? '';
        const name = pick(await listed(namespace));
        if (name === undefined) return;
        const id = `c-${(number += 1)}`;
        const isRunning = random(2) === 0;
        await engine.runContainer(name, id, ['/bin/busybox', 'sleep', '1000'], {
          namespace,
          start: isRunning,
        });
        containers.set(id, { namespace, isRunning });
      },
      async end() {
        const id = pick([...containers.keys()]);
        if (id === undefined) return;
        const { namespace = '', isRunning } = containers.get(id) ?? {};
        if (isRunning) await within(namespace, 'tasks', 'delete', '--force', id);
        await within(namespace, 'containers', 'delete', id);
        containers.delete(id);
      },
      plan: () => apply(3_600_000),
      free: () => apply(0),
      async undo() {
        const run = pick(journals.runs().filter((one) => graceEnds(one) !== undefined));
        if (run === undefined) return;
        const { restored, problems } = await cleanup.undo(
          run.runId,
          { issuer: 'model', reason: 'undo' },
          signal,
        );
        assert.deepEqual(problems, []);
        assert.equal(restored.length, quarantined(run).length);
      },
      async wait() {
        time += random(2) * 3_600_000;
        await cleanup.settle(signal);
      },
    };

    async function check(): Promise<void> {
      const { view, storage, uses } = await runtime.holdings(signal);
      // Every container can go on: its layers are there, and the image it stands on, if anybody has a name for it.
      for (const [id, { namespace, isRunning }] of containers) {
        await within(namespace, 'snapshots', 'mounts', '/nowhere', id);
        if (!isRunning) continue;
        const tasks = await within(namespace, 'tasks', 'list');
        assert.match(tasks, new RegExp(`^${id} +\\d+ +RUNNING`, 'm'), id);
      }
      // Everything that can be undone is all there.
      for (const run of journals.runs()) {
        assert.notEqual(run.outcome, undefined, 'every run has an end');
        for (const image of quarantined(run)) {
          for (const { namespace, target } of image.saved) {
            assert.ok(storage.things.has(`content/${namespace}/${target}`), `${image.names[0]} is kept`);
          }
          assert.ok(image.leases.length > 0);
        }
      }
      // Nothing of ours is left that no journal tells of.
      const kept = journals.runs().flatMap((run) => quarantined(run).flatMap(({ leases }) => leases));
      const ours = storage.roots.flatMap(({ holder }) =>
        holder.kind === 'quarantine' ? holder.leaseId : [],
      );
      const known = new Set(kept.map(({ leaseId }) => leaseId));
      assert.deepEqual(
        ours.filter((id) => !known.has(id)),
        [],
      );
      // What is used is not planned to go.
      const { plan } = await cleanup.plan(ANY_AGE, signal);
      const used = new Set(uses.map(({ imageId }) => imageId));
      assert.ok(plan.items.every(({ action, imageId }) => action === 'keep' || !used.has(imageId)));
      assert.equal(plan.items.length, view.images.length);
    }

    const names = Object.keys(steps);
    for (let step = 0; step < STEPS; step += 1) {
      const name = step < 4 ? 'pull' : (pick(names) ?? '');
      await steps[name]?.();
      await collect(engine);
      await check().catch((error: unknown) => {
        throw new Error(`after step ${step}, ${name}`, { cause: error });
      });
    }
    assert.ok(journals.runs().length > 0);
  },
);

/** As large as a small layer, and the same for the same number. */
function randomOf(number: number): Buffer {
  const random = generator(number);
  return Buffer.from(Array.from({ length: 20_000 }, () => random(256)));
}
