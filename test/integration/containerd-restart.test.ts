import assert from 'node:assert/strict';
import { once } from 'node:events';
import { link, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { RuntimeError } from '../../agent/runtimes/runtime.ts';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import { runtimeOn } from '../support/containerd-runtime.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { needsRoot } from '../support/requirements.ts';
import { smallImage } from '../support/small-images.ts';

const signal = AbortSignal.timeout(600_000);

function isUnreachable(error: unknown): boolean {
  assert.ok(error instanceof RuntimeError, String(error));
  assert.equal(error.code, 'unreachable', error.message);
  return true;
}

test('a socket that is not there is unreachable, with what to do', async () => {
  const runtime = runtimeOn('/nonexistent/containerd.sock');
  await assert.rejects(
    runtime.view(signal),
    (error) => isUnreachable(error) && /no containerd socket/.test(String(error)),
  );
  await runtime.close();
});

test('a socket that nobody serves is unreachable, with what to do', async () => {
  const folder = await mkdtemp('/tmp/tallyman-socket-');
  const address = join(folder, 'dead.sock');
  const server = createServer().listen(address);
  await once(server, 'listening');
  // A socket's file goes with an orderly end; a hard link to it stays, as after a crash.
  await link(address, `${address}.left`);
  server.close();
  const runtime = runtimeOn(`${address}.left`);
  await assert.rejects(
    runtime.view(signal),
    (error) => isUnreachable(error) && /start containerd/.test(String(error)),
  );
  await runtime.close();
  await rm(folder, { recursive: true });
});

suite('an engine that goes away', { skip: needsRoot() }, () => {
  let engine: TestContainerd;
  const image = smallImage([[{ path: 'a' }]]);

  before(async () => {
    engine = await startContainerd({ cri: false });
    await engine.importArchive(ociArchive([{ image, names: ['localhost/a:1'] }]));
  });
  after(async () => {
    await engine?.stop();
  });

  test('fails the view it dies in, and is found again when it is back', async () => {
    let dying: Promise<void> | undefined;
    const runtime = runtimeOn(engine.address, {
      onCall(path) {
        if (path.endsWith('Images/List')) dying ??= engine.kill();
      },
    });
    await assert.rejects(runtime.view(signal), isUnreachable);
    await dying;
    await assert.rejects(runtime.view(signal), isUnreachable);

    await engine.restart();
    const { images } = await runtime.view(signal);
    assert.deepEqual(
      images.map(({ imageId }) => imageId),
      [image.imageId],
    );
    await runtime.close();
  });

  test('is found again after an orderly restart', async () => {
    const runtime = runtimeOn(engine.address);
    await runtime.view(signal);
    await engine.restart();
    assert.equal((await runtime.view(signal)).images.length, 1);
    await runtime.close();
  });

  test('that hangs is unreachable, not waited for', async () => {
    const runtime = runtimeOn(engine.address, { callTimeoutMs: 200 });
    process.kill(engine.pid, 'SIGSTOP');
    try {
      await assert.rejects(
        runtime.view(signal),
        (error) => isUnreachable(error) && /in time/.test(String(error)),
      );
    } finally {
      process.kill(engine.pid, 'SIGCONT');
    }
    await runtime.close();
  });

  test('a view that is called off ends with the reason', async () => {
    const runtime = runtimeOn(engine.address);
    const reason = new Error('no longer wanted');
    const calling = new AbortController();
    process.kill(engine.pid, 'SIGSTOP');
    try {
      const view = runtime.view(calling.signal);
      calling.abort(reason);
      await assert.rejects(view, reason);
      await assert.rejects(runtime.view(calling.signal), reason);
    } finally {
      process.kill(engine.pid, 'SIGCONT');
    }
    await runtime.close();
  });
});
