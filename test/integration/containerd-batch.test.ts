import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import { Journals } from '../../agent/cleanup/journal/journals.ts';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import { carryOut } from '../../agent/cleanup/remover/carry-out.ts';
import type { RemovalEngine } from '../../agent/cleanup/remover/engine.ts';
import { containerdRemoval } from '../../agent/runtimes/containerd/removal.ts';
import type { Removal } from '../../agent/runtimes/removal.ts';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { collect, empty } from '../support/containerd-space.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

const skip = needsRoot() || needsCommands('containerd', 'ctr', 'busybox');
const signal = AbortSignal.timeout(600_000);
const OWNER = 'test';

suite('removing images of containerd in batches', { skip }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;
  let removal: Removal;
  let folder: string;

  before(async () => {
    engine = await startContainerd({ cri: false });
    runtime = runtimeOn(engine.address, { owner: OWNER });
    removal = containerdRemoval({ address: engine.address, owner: OWNER });
  });
  after(async () => {
    await removal?.close();
    await runtime?.close();
    await engine?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallyman-batch-'));
  });
  afterEach(async () => {
    await empty(engine);
    rmSync(folder, { recursive: true, force: true });
  });

  async function load(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const image = await runnableImage([[{ path: 'name', content: name.repeat(1_000) }]]);
      await engine.importArchive(ociArchive([{ image, names: [`localhost/${name}:1`] }]));
    }
    await collect(engine);
  }

  /** Removes all images in one batch. `onRemove` runs right before the engine is told to remove a name. */
  async function removeAll(graceMs: number, onRemove: (name: string) => Promise<void>): Promise<RunState> {
    const { images } = await runtime.view(signal);
    const watched: RemovalEngine = {
      id: 'containerd',
      reader: runtime,
      removal: {
        ...removal,
        async remove(name, isLast, time) {
          await onRemove(name.name);
          return await removal.remove(name, isLast, time);
        },
      },
    };
    const journals = new Journals(folder);
    let leases = 0;
    const none = { bytes: 0, inodes: 0 };
    const order = {
      ...{
        runId: 'run',
        planId: 'plan',
        node: 'node',
        issuer: 'test',
        graceMs,
        predicted: none,
        refused: [],
      },
      images: images
        .map(({ imageId, names, manifestDigests }) => ({
          ...{ imageId, names, digests: [imageId, ...manifestDigests], why: '', predicted: none },
        }))
        .toSorted((a, b) => ((a.names[0]?.name ?? '') < (b.names[0]?.name ?? '') ? -1 : 1)),
    };
    await carryOut(
      { kind: 'apply', order },
      {
        engines: [watched],
        journals,
        now: Date.now,
        newLeaseId: () => `tallyman-quarantine-${(leases += 1)}`,
        pace: async () => undefined,
        told: () => undefined,
        batch: { images: 10, ms: 60_000 },
      },
      signal,
    );
    const run = journals.run('run');
    assert.ok(run);
    return run;
  }

  const ends = ({ images }: RunState): string[] =>
    images.map(
      ({ names, status, reason }) => `${names[0]} ${status}${reason === undefined ? '' : `: ${reason}`}`,
    );

  test('a container that comes in the moment after the last question gets its image back', async () => {
    await load('a', 'b', 'c');
    const run = await removeAll(0, async (name) => {
      // Nobody asks any more before this name goes; the container's image has no name when it is looked at again.
      if (name === 'localhost/b:1')
        await engine.runContainer(name, 'late', ['/bin/busybox', 'true'], { start: false });
    });
    assert.deepEqual(ends(run), [
      'localhost/a:1 deleted',
      'localhost/b:1 raced: used by container late (created), which came while it was removed',
      'localhost/c:1 deleted',
    ]);
    assert.equal(await engine.ctr('images', 'list', '--quiet'), 'localhost/b:1');
    assert.equal(await engine.ctr('leases', 'list', '--quiet'), '');
    await engine.runContainer('localhost/b:1', 'later', ['/bin/busybox', 'sleep', '1000']);
  });

  test('a container of an image that has its turn later in the batch keeps it', async () => {
    await load('a', 'b', 'c');
    const run = await removeAll(3_600_000, async (name) => {
      if (name === 'localhost/a:1')
        await engine.runContainer('localhost/c:1', 'soon', ['/bin/busybox', 'true'], { start: false });
    });
    assert.deepEqual(ends(run), [
      'localhost/a:1 quarantined',
      'localhost/b:1 quarantined',
      'localhost/c:1 raced: used by container soon (created) since the plan was made',
    ]);
  });

  test('who uses what is read twice for a batch in which nobody comes, however many images it has', async () => {
    await load('a', 'b', 'c', 'd', 'e');
    const before = runtime.calls('Content/List');
    await removeAll(3_600_000, async () => undefined);
    // What is on disk is read for the receipt as well, before the first batch and after the last.
    assert.equal(runtime.calls('Content/List') - before, 2 + 2);
  });

  test('the mark of users changes with containers and with leases of others, and not with our own', async () => {
    await load('a');
    const marks = [await runtime.usersMark(signal)];
    const look = async (): Promise<unknown> => marks.push(await runtime.usersMark(signal));
    await engine.runContainer('localhost/a:1', 'one', ['/bin/busybox', 'true'], { start: false });
    await look();
    await engine.ctr('leases', 'create', '--id', 'somebody');
    await look();
    await engine.ctr('containers', 'delete', 'one');
    await look();
    assert.equal(new Set(marks).size, 4);

    const last = marks.at(-1);
    const [image] = (await runtime.view(signal)).images;
    const own = { namespace: 'default', imageId: image?.imageId ?? '', leaseId: 'ours' };
    const targets = image?.names.map(({ target }) => target) ?? [];
    await removal.quarantine?.keep({ ...own, expiresAt: Date.now() + 60_000 }, targets, signal);
    assert.equal(await runtime.usersMark(signal), last);
  });
});
