import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeError, type Runtime, type RuntimeView } from '../../../../agent/runtimes/runtime.ts';
import { NodeReader } from '../../../../agent/tasks/node-reader.ts';
import type { Engine, Process } from '../../../../core/inventory.ts';

const signal = new AbortController().signal;

const VIEW: RuntimeView = {
  engine: { id: 'containerd', address: '/run/test.sock', version: '1.6', status: 'ok' },
  images: [
    {
      imageId: 'sha256:a',
      names: [{ engine: 'containerd', namespace: 'default', name: 'a:1', target: 'sha256:m' }],
      manifestDigests: ['sha256:m'],
      os: 'linux',
      architecture: 'amd64',
      diffIds: [],
      sizeBytes: 1,
      labels: {},
      pinned: false,
    },
  ],
  containers: [],
  leases: [],
  problems: [{ subject: 'b:1', message: 'its content is gone' }],
};

function runtime(view: () => Promise<RuntimeView>): Runtime {
  return {
    id: 'containerd',
    address: '/run/test.sock',
    view,
    events: () => {
      throw new Error('not asked for here');
    },
    withLayers: () => Promise.reject(new Error('not asked for here')),
    close: () => Promise.resolve(),
  };
}

function process(pid: number, parentPid: number, executable: string): Process {
  const base = { bootId: 'b', startTicks: 1, startedAt: 1, command: 'c', uid: 0, user: 'root' };
  return { ...base, pid, parentPid, executable, attribution: 'host' };
}

function reader(view: () => Promise<RuntimeView>): { reader: NodeReader; changes: Engine[] } {
  const changes: Engine[] = [];
  const parts = {
    runtimes: () => [runtime(view)],
    processes: () => ({
      processes: [process(2, 0, ''), process(9, 2, ''), process(10, 1, '/bin/x'), process(11, 10, '')],
      limitations: ['some processes are hidden'],
    }),
    host: (engines: readonly Engine[], limitations: readonly string[]) => ({
      hostname: 'h',
      os: 'o',
      kernel: 'k',
      architecture: 'amd64',
      bootId: 'b',
      agentVersion: '0',
      engines,
      limitations,
    }),
    engineChanged: (engine: Engine) => void changes.push(engine),
  };
  return { reader: new NodeReader(parts), changes };
}

test('what cannot be seen is said with the host', async () => {
  const { reader: one } = reader(() => Promise.resolve(VIEW));
  const snapshot = await one.read(signal);
  assert.deepEqual(snapshot.host.limitations, ['some processes are hidden', 'b:1: its content is gone']);
  assert.ok(snapshot.complete);
});

test('kernel threads are left out, other processes without an executable are not', async () => {
  const { reader: one } = reader(() => Promise.resolve(VIEW));
  assert.deepEqual(
    (await one.read(signal)).processes.map(({ pid }) => pid),
    [10, 11],
  );
});

test('a lost engine is degraded, keeps what it held, and is said to have changed once', async () => {
  let lost = false;
  const { reader: one, changes } = reader(() =>
    lost ? Promise.reject(new RuntimeError('unreachable', 'nobody answers')) : Promise.resolve(VIEW),
  );
  await one.read(signal);
  lost = true;
  const snapshot = await one.read(signal);
  await one.read(signal);
  assert.deepEqual(
    snapshot.images.map(({ imageId }) => imageId),
    ['sha256:a'],
  );
  assert.ok(!snapshot.complete);
  const [engine] = snapshot.host.engines;
  assert.deepEqual([engine?.status, engine?.message, engine?.version], ['degraded', 'nobody answers', '1.6']);
  lost = false;
  await one.read(signal);
  assert.deepEqual(
    changes.map(({ status }) => status),
    ['degraded', 'ok'],
  );
});

test('an engine that never answered is degraded and holds nothing', async () => {
  const { reader: one } = reader(() => Promise.reject(new Error('no such file')));
  const snapshot = await one.read(signal);
  assert.equal(snapshot.host.engines[0]?.status, 'degraded');
  assert.deepEqual(snapshot.images, []);
});
