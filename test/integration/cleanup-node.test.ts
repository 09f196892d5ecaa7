import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import type { UndoResult } from '../../agent/cleanup/remover/finish.ts';
import type { PlanAnswer } from '../../cli/cleanup/client.ts';
import { explain } from '../../core/cleanup/explain.ts';
import { tallyman, type CliRun } from '../support/cli.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

const skip = needsRoot() || needsCommands('containerd', 'ctr', 'busybox');
/** An image is on the node for a moment only, and may go. */
const AT_ONCE = ['--unused-for', '0s', '--minimum-age', '0s', '--cleanup-minimum-age', '0s'];

suite('cleanup of a node with containerd', { skip }, () => {
  let folder = '';
  let engine: TestContainerd;
  let registry: TestRegistry;
  const names: Record<string, string> = {};

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tallyman-cleanup-'));
    engine = await startContainerd({ cri: false });
    registry = await startRegistry();
    for (const name of ['web', 'old', 'kept']) {
      const content = name.repeat(100_000);
      const image = await runnableImage([[{ path: `srv/${name}`, content }]]);
      names[name] = registry.add(`shop/${name}`, '1', image);
      await engine.ctr('images', 'pull', '--plain-http', names[name] ?? '');
    }
    await engine.runContainer(names['web'] ?? '', 'web-1', []);
  });

  after(async () => {
    await engine?.stop();
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const cleanup = async (...args: readonly string[]): Promise<CliRun> =>
    await tallyman([
      'cleanup',
      ...args,
      '--state-dir',
      folder,
      '--containerd-address',
      engine.address,
      '--docker-address',
      'none',
    ]);

  async function json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr } = await cleanup(...args, '--format', 'json');
    assert.equal(stderr.replace(/^images\n/, ''), '');
    return JSON.parse(stdout) as T;
  }

  async function listed(): Promise<string[]> {
    return (await engine.ctr('images', 'list', '--quiet'))
      .split('\n')
      .filter(Boolean)
      .toSorted((a, b) => (a < b ? -1 : 1));
  }

  async function plan(...args: readonly string[]): Promise<PlanAnswer['plan']> {
    return (await json<PlanAnswer>('plan', ...AT_ONCE, '--never', `${registry.host}/shop/kept`, ...args))
      .plan;
  }

  test('a plan says of every image whether it goes, and why', async () => {
    const { items, frees } = await plan();
    const told = items.map((item) => `${item.names[0]?.name.split('/').at(-1)} ${explain(item)}`);
    assert.deepEqual(
      told.toSorted((a, b) => (a < b ? -1 : 1)),
      [
        `kept:1 kept: protected: ${names['kept']} is meant by "${registry.host}/shop/kept"`,
        'old:1 remove: never used in 0 seconds',
        'web:1 kept: used by container web-1 (running)',
      ],
    );
    assert.ok(frees.bytes > 300_000);
    assert.equal((await listed()).length, 3);
  });

  test('the table says the same, and how to go on', async () => {
    const { stdout, code } = await cleanup('plan', ...AT_ONCE);
    assert.equal(code, 0);
    assert.match(stdout, /^IMAGE +ID +OWN SIZE +UNDO +WHY\n/);
    assert.match(stdout, /shop\/old:1 .* yes +remove: never used in 0 seconds\n/);
    assert.match(
      stdout,
      /\n2 images of 3 would go and free [\d.]+ [KM]iB and \d+ inodes\.\nDo it: tallyman cleanup apply [0-9a-f]{12}\n$/,
    );
  });

  test('by default nothing is removed', async () => {
    const { id } = await plan();
    const { code, stderr } = await cleanup('apply', id);
    assert.match(stderr, /^tallyman: removal is off on this node/);
    assert.equal(code, 4);
    assert.equal((await listed()).length, 3);
  });

  test('what is removed comes back with undo, as it was', async () => {
    const { id } = await plan();
    const run = await json<RunState>('apply', id.slice(0, 12), '--cleanup-removal', ...AT_ONCE.slice(4));
    assert.deepEqual(
      run.images.map(({ status }) => status),
      ['quarantined'],
    );
    assert.deepEqual(await listed(), [names['kept'], names['web']]);
    const { restored, problems } = await json<UndoResult>('undo', run.runId);
    assert.deepEqual([restored.length, problems], [1, []]);
    assert.equal((await listed()).length, 3);
    await engine.runContainer(names['old'] ?? '', 'old-1', []);
    await engine.ctr('task', 'kill', '--signal', 'KILL', 'old-1');
    await engine.ctr('task', 'rm', '--force', 'old-1').catch(() => undefined);
    await engine.ctr('container', 'rm', 'old-1');
  });

  test('what is removed for good frees what was predicted, to the byte', async () => {
    const { id, frees } = await plan('--grace', '0s');
    const run = await json<RunState>('apply', id, '--cleanup-removal', ...AT_ONCE.slice(4));
    assert.deepEqual(
      run.images.map(({ status }) => status),
      ['deleted'],
    );
    assert.deepEqual(run.predicted, frees);
    assert.deepEqual(run.images[0]?.measured, frees);
    const history = await json<readonly RunState[]>('history');
    assert.equal(history.length, 2);
    assert.equal(history[0]?.runId, run.runId);
    assert.match((await cleanup('history')).stdout, /^RECEIPT +WHEN +WHO/);
  });

  test('a plan of a node that changed since removes only what may still go', async () => {
    const { id } = await plan('--grace', '0s', '--never', 'nothing');
    await engine.runContainer(names['kept'] ?? '', 'kept-1', []);
    const { stdout, code } = await cleanup(
      'apply',
      id,
      '--cleanup-removal',
      ...AT_ONCE.slice(4),
      '--format',
      'json',
    );
    assert.equal(code, 1);
    const { images } = JSON.parse(stdout) as RunState;
    assert.deepEqual(
      images.map(({ status }) => status),
      ['raced'],
    );
    assert.match(images[0]?.reason ?? '', /^kept: used by container kept-1/);
    assert.deepEqual(await listed(), [names['kept'], names['web']]);
  });
});
