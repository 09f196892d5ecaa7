import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import { dockerRemoval } from '../../agent/runtimes/docker/removal.ts';
import { dockerRuntime, type DockerRuntime } from '../../agent/runtimes/docker/docker-runtime.ts';
import type { Removal } from '../../agent/runtimes/removal.ts';
import { explain } from '../../core/cleanup/explain.ts';
import type { CleanupPlan } from '../../core/cleanup/plan.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { startDockerd, type TestDockerd } from '../support/dockerd.ts';
import { MortalCleanup } from '../support/model/mortal-cleanup.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

// Scenarios by number: docs/cleanup.md. Each begins with an engine without images.

const skip = needsRoot() || needsCommands('dockerd', 'containerd', 'docker', 'busybox');
const signal = AbortSignal.timeout(600_000);

suite("cleanup's scenarios on Docker", { skip }, () => {
  let dockerd: TestDockerd;
  let registry: TestRegistry;
  let runtime: DockerRuntime;
  let removal: Removal;
  let folder: string;
  let cleanup: MortalCleanup;

  before(async () => {
    dockerd = await startDockerd();
    registry = await startRegistry();
    runtime = dockerRuntime({ address: dockerd.address });
    removal = dockerRemoval({ address: dockerd.address });
  });
  after(async () => {
    await Promise.all([removal?.close(), runtime?.close()]);
    await registry?.stop();
    await dockerd?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallyman-scenario-'));
    const engine = { id: 'docker', address: dockerd.address, reader: runtime, removal } as const;
    cleanup = new MortalCleanup(folder, engine, () => undefined);
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    for (const { Id } of await dockerd.client.listContainers({ all: true }))
      await dockerd.client.getContainer(Id).remove({ force: true });
    for (const { Id } of await dockerd.client.listImages())
      await dockerd.client.getImage(Id).remove({ force: true });
  });

  /** Of the test's registry. Answers its tag there. */
  async function pull(repository: string, content = repository): Promise<string> {
    const image = await runnableImage([[{ path: 'content', content }]]);
    const name = registry.add(repository, '1', image);
    await dockerd.docker('pull', name);
    return name;
  }

  async function run(name: string, image: string): Promise<void> {
    const HostConfig = { NetworkMode: 'none' };
    const container = await dockerd.client.createContainer({ name, Image: image, HostConfig });
    await container.start();
  }

  async function plan(): Promise<CleanupPlan> {
    const policy = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0 };
    return (await cleanup.service.plan(policy, signal)).plan;
  }

  async function apply({ id: planId }: CleanupPlan): Promise<RunState> {
    cleanup.time += 1_000;
    return await cleanup.service.apply({ planId, issuer: 'test' }, signal);
  }

  async function tags(): Promise<readonly string[]> {
    const images = await dockerd.client.listImages();
    return images.flatMap(({ RepoTags }) => RepoTags ?? []).toSorted((a, b) => (a < b ? -1 : 1));
  }

  function ends({ images }: RunState): readonly string[] {
    return images.map(({ status, reason }) => (reason === undefined ? status : `${status}: ${reason}`));
  }

  test('4: a tag re-pointed after the container started keeps the old image', async () => {
    const name = await pull('shop/four', 'old');
    await run('four', name);
    await pull('shop/four', 'new');
    const made = await plan();
    const told = made.items.map(
      (item) => `${item.names[0]?.name.replace(registry.host, '')} ${explain(item)}`,
    );
    assert.equal(told.length, 2);
    for (const one of told) assert.match(one, /kept: used by container four \(running\)$/);
  });

  test('12: a container that starts between plan and delete keeps its image', async () => {
    const name = await pull('shop/twelve');
    const made = await plan();
    assert.deepEqual(
      made.items.map(({ action, undo }) => [action, undo]),
      [['remove', 'pull']],
    );
    await run('twelve', name);
    assert.deepEqual(ends(await apply(made)), ['raced: kept: used by container twelve (running)']);
    assert.deepEqual(await tags(), [name]);
  });

  test("12: a container that starts in the moment before the delete keeps it by the engine's refusal", async () => {
    const name = await pull('shop/twelve');
    const made = await plan();
    cleanup.meanwhile = async () => await run('late', name);
    const done = await apply(made);
    assert.match(ends(done)[0] ?? '', /^conflict: .*(?:is using|is being used by)/);
    assert.equal(done.outcome, 'failed');
    assert.deepEqual(await tags(), [name]);
    await dockerd.client.getContainer('late').restart({ t: 0 });
  });

  test('30: a stopped container of an image by names of several repositories is a conflict, never forced', async () => {
    const name = await pull('shop/thirty');
    const image = dockerd.client.getImage(name);
    await image.tag({ repo: 'example.com/other', tag: '1' });
    const made = await plan();
    // It comes when the names are about to go, so that only the engine knows.
    let calls = 0;
    cleanup.meanwhile = async () => {
      if (calls++ === 0)
        await dockerd.client.createContainer({ name: 'stopped', Image: name, Cmd: ['true'] });
    };
    const names = await tags();
    const [end = ''] = ends(await apply(made));
    assert.match(end, /^(?:conflict|untagged): /);
    // A name that was gone by then is back.
    assert.deepEqual(await tags(), names);
    const { Image } = await dockerd.client.getContainer('stopped').inspect();
    assert.ok((await dockerd.client.getImage(Image).inspect()).RepoTags.length > 0);
    assert.deepEqual(
      (await plan()).items.map((item) => explain(item)),
      ['kept: used by container stopped (created)'],
    );
  });

  test('12: an image that is given a name in the moment before the delete keeps both', async () => {
    const name = await pull('shop/named');
    const made = await plan();
    let calls = 0;
    cleanup.meanwhile = async () => {
      if (calls++ === 0) await dockerd.client.getImage(name).tag({ repo: 'example.com/kept', tag: '1' });
    };
    const [end = ''] = ends(await apply(made));
    assert.match(end, /^raced: it was given the name example.com\/kept:1 while it was removed/);
    const left = await tags();
    assert.ok(left.includes(name) && left.includes('example.com/kept:1'), left.join());
  });

  test('another cleaner that is quicker is no fault', async () => {
    const name = await pull('shop/contested');
    await dockerd.client.getImage(name).tag({ repo: 'example.com/contested', tag: '2' });
    const made = await plan();
    let calls = 0;
    cleanup.meanwhile = async () => {
      if (calls++ > 0) return;
      for (const tag of await tags()) await dockerd.docker('rmi', tag);
    };
    assert.deepEqual(ends(await apply(made)), ['deleted']);
    assert.deepEqual(await tags(), []);
  });

  test('25: an engine that crashes in a run leaves every image whole or gone, and the receipt says which', async () => {
    for (const at of [0, 1]) {
      await pull('shop/one');
      await pull('shop/two');
      const before = await tags();
      const made = await plan();
      let calls = 0;
      cleanup.meanwhile = async () => {
        if (calls++ === at) await dockerd.kill();
      };
      await apply(made).catch(() => undefined);
      cleanup.meanwhile = async () => undefined;
      await dockerd.restart();
      await cleanup.service.settle(signal);
      const [ended] = cleanup.service.history();
      assert.notEqual(ended?.outcome, undefined);
      const lost = (ended?.images ?? []).flatMap(({ names, status, reason = '' }) =>
        names.filter((name) => status === 'deleted' || reason.includes(`not brought back: ${name}`)),
      );
      assert.deepEqual(
        await tags(),
        before.filter((tag) => !lost.includes(tag)),
        `at ${at}: ${JSON.stringify(ended?.images.map(({ status, reason }) => [status, reason]))}`,
      );
    }
  });
});
