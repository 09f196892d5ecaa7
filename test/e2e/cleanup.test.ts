import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import type { PlanAnswer } from '../../cli/cleanup/client.ts';
import { tallyman } from '../support/cli.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';
import { eventually, startSystem, type TestSystem } from '../support/system.ts';

const skip = needsRoot() || needsCommands('containerd', 'ctr', 'busybox');
const AT_ONCE = ['--unused-for', '0s', '--minimum-age', '0s'];

suite('cleanup through a running agent', { skip }, () => {
  let engine: TestContainerd;
  let registry: TestRegistry;
  let system: TestSystem;
  let name = '';

  before(async () => {
    engine = await startContainerd({ cri: false });
    registry = await startRegistry();
    name = registry.add('shop/old', '1', await runnableImage([[{ path: 'srv/old', content: 'old' }]]));
    await engine.ctr('images', 'pull', '--plain-http', name);
    system = await startSystem({
      containerd: engine.address,
      agent: { cleanupRemoval: 'true', cleanupMinimumAge: '0s' },
    });
  });

  after(async () => {
    await system?.stop();
    await registry?.stop();
    await engine?.stop();
  });

  async function json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr, code } = await tallyman([
      'cleanup',
      ...args,
      '--state-dir',
      system.stateDir,
      '--format',
      'json',
    ]);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as T;
  }

  const listed = async (): Promise<string> => (await engine.ctr('images', 'list', '--quiet')).trim();

  test('its socket is for our own user alone', () => {
    assert.equal(statSync(join(system.stateDir, 'control.sock')).mode & 0o777, 0o600);
  });

  test('what is removed and asked for again is brought back whole, and nothing is kept any more', async () => {
    await engine.ctr('images', 'tag', name, `${name}-alias`);
    const { plan } = await eventually(
      () => json<PlanAnswer>('plan', ...AT_ONCE),
      (answer) => answer.plan.items[0]?.action === 'remove',
    );
    const run = await json<RunState>('apply', plan.id);
    assert.deepEqual(
      run.images.map(({ status }) => status),
      ['quarantined'],
    );
    assert.equal(await listed(), '');

    await engine.ctr('images', 'pull', '--plain-http', name);
    const history = await eventually(
      () => json<readonly RunState[]>('history'),
      ([latest]) => latest?.images[0]?.status === 'restored',
    );
    assert.equal(history[0]?.images[0]?.reason, 'it was asked for again');
    assert.equal(await listed(), `${name}\n${name}-alias`);
    const leases = await engine.ctr('leases', 'list', '--quiet');
    assert.doesNotMatch(leases, /tallyman-quarantine/);
  });

  test('a run that the agent did not see the end of is found by the next one', async () => {
    const { plan } = await json<PlanAnswer>('plan', ...AT_ONCE, '--grace', '1s');
    const run = await json<RunState>('apply', plan.id);
    await system.restartAgent();
    assert.equal((await json<RunState>('history', run.runId)).images.length, 1);
    assert.deepEqual((await json<RunState>('free', run.runId)).images[0]?.measured, run.predicted);
  });
});
