import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RuntimeError, type RuntimeEvent } from '../../agent/runtimes/runtime.ts';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { needsRoot } from '../support/requirements.ts';
import { runnableImage, smallImage } from '../support/small-images.ts';

/** Events as they come in, and how listening ended. */
interface Listener {
  readonly heard: readonly RuntimeEvent[];
  /** Resolves to the error, if one ended it. */
  readonly ended: Promise<unknown>;
  until(topic: string, subject: string): Promise<void>;
  stop(): Promise<void>;
}

suite("containerd's events", { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  let runtime: CountingRuntime;

  before(async () => {
    engine = await startContainerd({ cri: false });
    runtime = runtimeOn(engine.address, { excludedNamespaces: ['hidden'] });
  });
  after(async () => {
    await runtime?.close();
    await engine?.stop();
  });

  /** Listens, and waits until something was heard: from then on nothing is missed. */
  async function listen(): Promise<Listener> {
    const heard: RuntimeEvent[] = [];
    const stopping = new AbortController();
    const ended = (async () => {
      for await (const event of runtime.events(stopping.signal)) heard.push(event);
    })().then(
      () => undefined,
      (error: unknown) => error,
    );
    await engine.ctr('namespaces', 'create', 'ticking').catch(() => undefined);
    for (let tick = 0; heard.length === 0; tick += 1) {
      await engine.ctr('namespaces', 'label', 'ticking', `tick=${tick}`);
      await sleep(20);
    }
    return {
      heard,
      ended,
      async until(topic, subject) {
        for (let tries = 0; tries < 3000; tries += 1) {
          if (heard.some((event) => event.topic === topic && event.subject === subject)) return;
          await sleep(20);
        }
        assert.fail(`no ${topic} of ${subject} among ${JSON.stringify(heard)}`);
      },
      async stop() {
        stopping.abort();
        assert.equal(await ended, undefined);
      },
    };
  }

  test('tell of images that come and go, in every namespace but the excluded', async () => {
    const listener = await listen();
    const archive = ociArchive([{ image: smallImage([[{ path: 'a' }]]), names: ['localhost/coming:1'] }]);
    await engine.importArchive(archive, { namespace: 'hidden' });
    await engine.importArchive(archive, { namespace: 'shown' });
    await listener.until('/images/create', 'localhost/coming:1');
    await engine.ctr('--namespace', 'shown', 'images', 'rm', 'localhost/coming:1');
    await listener.until('/images/delete', 'localhost/coming:1');
    await listener.stop();

    const images = listener.heard.filter(({ topic }) => topic.startsWith('/images/'));
    assert.equal(images.filter(({ topic }) => topic === '/images/create').length, 1);
    assert.ok(images.every(({ kind }) => kind === 'image'));
  });

  test('tell of containers that are made, start and end; of nothing else', async () => {
    const listener = await listen();
    await engine.importArchive(
      ociArchive([{ image: await runnableImage(), names: ['localhost/running:1'] }]),
    );
    await engine.runContainer('localhost/running:1', 'short', ['/bin/busybox', 'true']);
    await engine.runContainer('localhost/running:1', 'long', ['/bin/busybox', 'sleep', '1000']);
    const exec = ['tasks', 'exec', '--exec-id', 'probe', 'long', '/bin/busybox', 'true'];
    await engine.ctr(...exec);
    await engine.ctr('tasks', 'kill', '--signal', 'SIGKILL', 'long');
    await listener.until('/containers/create', 'short');
    await listener.until('/tasks/start', 'short');
    await listener.until('/tasks/exit', 'short');
    await listener.until('/tasks/exit', 'long');
    await listener.stop();

    assert.ok(
      listener.heard.every(({ topic }) => !topic.startsWith('/snapshot/') && !topic.includes('exec')),
    );
    const exits = listener.heard.filter(({ topic }) => topic === '/tasks/exit');
    assert.deepEqual(exits.map(({ subject }) => subject).toSorted(), ['long', 'short']);
    assert.ok(exits.every(({ kind }) => kind === 'container'));
  });

  test('are not caused by our own reading', async () => {
    const image = smallImage([[{ path: 'read' }]]);
    await engine.importArchive(ociArchive([{ image, names: ['localhost/read:1'] }]));
    const listener = await listen();
    // The ticks that were to be heard have come when this has.
    await engine.ctr('namespaces', 'create', 'begin');
    await listener.until('/namespaces/create', 'begin');
    const before = listener.heard.length;
    const view = await runtime.view(AbortSignal.timeout(60_000));
    const seen = view.images.find(({ imageId }) => imageId === image.imageId);
    assert.ok(seen);
    await runtime.withLayers(seen, AbortSignal.timeout(60_000), async () => undefined);
    await engine.ctr('namespaces', 'create', 'end');
    await listener.until('/namespaces/create', 'end');
    await listener.stop();
    assert.deepEqual(
      listener.heard.slice(before).map(({ topic, subject }) => [topic, subject]),
      [['/namespaces/create', 'end']],
    );
  });

  test('end with an error when the engine dies, and can be had again when it is back', async () => {
    const listener = await listen();
    await engine.kill();
    const error = await listener.ended;
    assert.ok(error instanceof RuntimeError);
    assert.equal(error.code, 'unreachable');

    await engine.restart();
    await (await listen()).stop();
  });

  test('end with an error when the engine is stopped in order', async () => {
    const listener = await listen();
    const restarted = engine.restart();
    const error = await listener.ended;
    await restarted;
    assert.ok(error instanceof RuntimeError, String(error));
    assert.equal(error.code, 'unreachable');
  });
});
