import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import { containerdRemoval } from '../../agent/runtimes/containerd/removal.ts';
import type { Removal } from '../../agent/runtimes/removal.ts';
import type { BuiltImage } from '../../cli/demo/oci-image.ts';
import { explain } from '../../core/cleanup/explain.ts';
import type { CleanupPlan } from '../../core/cleanup/plan.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { collect, empty, freedSince, spaceOf } from '../support/containerd-space.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { MortalCleanup } from '../support/model/mortal-cleanup.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

// Scenarios by number: docs/cleanup.md. Each begins and ends with an engine without images.

const skip = needsRoot() || needsCommands('containerd', 'ctr', 'busybox');
const SLEEP = ['/bin/busybox', 'sleep', '1000'];
const signal = AbortSignal.timeout(600_000);

suite("cleanup's scenarios on containerd", { skip }, () => {
  let engine: TestContainerd;
  let registry: TestRegistry;
  let runtime: CountingRuntime;
  let removal: Removal;
  let folder: string;
  let cleanup: MortalCleanup;

  before(async () => {
    engine = await startContainerd({ cri: false });
    registry = await startRegistry();
    runtime = runtimeOn(engine.address);
    removal = containerdRemoval({ address: engine.address, owner: 'scenarios' });
  });
  after(async () => {
    await Promise.all([removal?.close(), runtime?.close()]);
    await registry?.stop();
    await engine?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallyman-scenario-'));
    cleanup = cleanupWith(removal);
  });
  afterEach(async () => {
    await empty(engine);
    rmSync(folder, { recursive: true });
  });

  function cleanupWith(calls: Removal): MortalCleanup {
    const ours = { id: 'containerd', address: engine.address, reader: runtime, removal: calls } as const;
    return new MortalCleanup(folder, ours, () => undefined);
  }

  /** Pulled into `default` by this tag of the test's registry. */
  async function pull(
    repository: string,
    content = repository,
  ): Promise<{ image: BuiltImage; name: string }> {
    const image = await runnableImage([[{ path: 'content', content: content.repeat(2_000) }]]);
    const name = registry.add(repository, '1', image);
    await engine.ctr('images', 'pull', '--plain-http', name);
    return { image, name };
  }

  async function plan(graceMs = 3_600_000): Promise<CleanupPlan> {
    const policy = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0, graceMs };
    return (await cleanup.service.plan(policy, signal)).plan;
  }

  async function apply({ id: planId }: Pick<CleanupPlan, 'id'>): Promise<RunState> {
    // So that receipts are in order.
    cleanup.time += 1_000;
    return await cleanup.service.apply({ planId, issuer: 'test' }, signal);
  }

  async function listed(): Promise<readonly string[]> {
    return (await engine.ctr('images', 'list', '--quiet')).split('\n').filter(Boolean);
  }

  function told({ items }: CleanupPlan): readonly string[] {
    return items.map((item) => explain(item));
  }

  function ends({ images }: RunState): readonly string[] {
    return images.map(({ status, reason }) => (reason === undefined ? status : `${status}: ${reason}`));
  }

  test('4: a tag re-pointed after the container started keeps the old digest', async () => {
    const { name } = await pull('shop/four', 'old');
    await engine.ctr('images', 'tag', name, 'localhost/old:1');
    await engine.runContainer(name, 'four', SLEEP);
    await pull('shop/four', 'new');
    const why = 'kept: used by container four (running)';
    assert.deepEqual(told(await plan()), [why, why]);
    // Nor does it go when its user is stopped.
    await engine.ctr('tasks', 'delete', '--force', 'four');
    const stopped = await plan();
    assert.deepEqual(told(stopped), Array(2).fill('kept: used by container four (created)'));
    await engine.ctr('containers', 'delete', 'four');
    assert.deepEqual(ends(await apply(await plan(0))), ['deleted', 'deleted']);
  });

  test('12: a container that starts between plan and delete keeps its image', async () => {
    const { name } = await pull('shop/twelve');
    const made = await plan(0);
    assert.deepEqual(told(made), ['remove: never used in 0 seconds']);
    await engine.runContainer(name, 'twelve', SLEEP);
    const why = 'kept: used by container twelve (running)';
    assert.deepEqual(ends(await apply(made)), [`raced: ${why}`]);
    assert.deepEqual(await listed(), [name]);
  });

  test('12: a container that starts while the names go brings its image back', async () => {
    for (const graceMs of [3_600_000, 0]) {
      const { name } = await pull('shop/twelve');
      const other = 'localhost/twelve:2';
      await engine.ctr('images', 'tag', '--force', name, other);
      const made = await plan(graceMs);
      const id = `late-${graceMs}`;
      cleanup.meanwhile = async (call) => {
        const left = call === 'remove' ? await listed() : [];
        if (left.length === 1) await engine.runContainer(left[0] ?? '', id, SLEEP);
      };
      const [end = ''] = ends(await apply(made));
      assert.match(end, /^raced: used by container late-\d+ \(running\), which came while it was removed$/);
      cleanup.meanwhile = async () => undefined;
      assert.deepEqual((await listed()).toSorted(byText), [name, other].toSorted(byText));
      assert.equal(await engine.ctr('leases', 'list', '--quiet'), '');
      await engine.ctr('tasks', 'delete', '--force', id);
      await engine.ctr('tasks', 'start', '--detach', id);
      await empty(engine);
    }
  });

  test('16: an engine that says yes and keeps the image is found out, and the image is whole', async () => {
    const { name } = await pull('shop/sixteen');
    cleanup = cleanupWith({ ...removal, remove: async () => ({ kind: 'removed' }) });
    const run = await apply(await plan(0));
    assert.deepEqual(ends(run), [`failed-silently: the engine says ${name} is removed and still lists it`]);
    assert.equal(run.outcome, 'failed');
    await engine.runContainer(name, 'sixteen', SLEEP);
  });

  test('20: an image whose layers are being read is not removed', async () => {
    const { image, name } = await pull('shop/twenty');
    const made = await plan();
    assert.deepEqual(told(made), ['remove: never used in 0 seconds']);
    // The reading begins after the plan was made.
    await withReading(image, async () => {
      assert.match(told(await plan())[0] ?? '', /^kept: used by lease tallyman-\w+ of namespace default$/);
      assert.match(ends(await apply(made))[0] ?? '', /^raced: kept: used by lease tallyman-/);
    });
    assert.deepEqual(await listed(), [name]);
  });

  async function withReading(image: BuiltImage, use: () => Promise<void>): Promise<void> {
    const { images } = await runtime.view(signal);
    const seen = images.find(({ imageId }) => imageId === image.imageId);
    assert.ok(seen);
    await runtime.withLayers(seen, signal, use);
  }

  test('21: a plan makes no call that changes anything, and a run on the same state does what it says', async () => {
    const { image } = await pull('shop/keep');
    await pull('shop/go');
    await engine.runContainer(`${registry.host}/shop/keep:1`, 'keeps', SLEEP);
    await collect(engine);
    const calls: string[] = [];
    const counted = runtimeOn(engine.address, { onCall: (path) => calls.push(path) });
    const dry = await counted.holdings(signal);
    await counted.close();
    assert.equal(dry.view.images.length, 2);
    const READS = /\/(?:List\w*|Get|Info|Read|Usage|Stat|Version|Plugins|Status)$/;
    assert.deepEqual(
      [...new Set(calls)].filter((path) => !READS.test(path)),
      [],
    );

    const made = await plan(0);
    const before = await spaceOf(engine);
    const run = await apply(made);
    assert.deepEqual(
      run.images.map(({ imageId, status }) => [imageId, status]),
      made.items.filter(({ action }) => action === 'remove').map(({ imageId }) => [imageId, 'deleted']),
    );
    assert.deepEqual(freedSince(before, await spaceOf(engine)), made.frees);
    assert.deepEqual(
      (await runtime.view(signal)).images.map(({ imageId }) => imageId),
      [image.imageId],
    );
  });

  test('another cleaner that is quicker is no fault, at whatever name it comes', async () => {
    for (const at of [0, 1, 2]) {
      const { name } = await pull('shop/contested');
      await engine.ctr('images', 'tag', '--force', name, 'localhost/contested:2');
      const made = await plan(0);
      let calls = 0;
      cleanup.meanwhile = async (call) => {
        if (!['keep', 'remove'].includes(call) || calls++ !== at) return;
        for (const left of await listed()) await engine.ctr('images', 'rm', '--sync', left);
      };
      const run = await apply(made);
      cleanup.meanwhile = async () => undefined;
      assert.match(ends(run)[0] ?? '', /^(?:deleted|failed: .* does not hold it any more)/, `at ${at}`);
      assert.deepEqual(await listed(), []);
      await collect(engine);
      assert.equal((await spaceOf(engine)).bytes, 0);
    }
  });

  test('25: an engine that crashes in a run leaves no image halfway, before or after any call', async () => {
    for (const at of [0, 1, 2, 3]) {
      const { name } = await pull('shop/crash');
      await engine.ctr('images', 'tag', '--force', name, 'localhost/crash:2');
      const names = await listed();
      const made = await plan();
      let calls = 0;
      cleanup.meanwhile = async () => {
        if (calls++ === at) await engine.kill();
      };
      const run = await apply(made).catch((error: unknown) => error);
      cleanup.meanwhile = async () => undefined;
      if (calls > at) await engine.restart();
      await cleanup.service.settle(signal);
      const [ended] = cleanup.service.history();
      assert.notEqual(ended?.outcome, undefined, String(run));
      const status = ended?.images[0]?.status;
      assert.deepEqual(await listed(), status === 'quarantined' ? [] : names, `at ${at}: ${status}`);
      if (status === 'quarantined') {
        const request = { issuer: 'test', reason: 'undo' };
        await cleanup.service.undo(ended?.runId ?? '', request, signal);
      }
      assert.deepEqual(await listed(), names);
      await engine.runContainer(name, `after-${at}`, SLEEP);
      assert.equal(await engine.ctr('leases', 'list', '--quiet'), '');
      await empty(engine);
    }
  });
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
