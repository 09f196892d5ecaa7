import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import type { RemoverMessage, RemoverReport } from '../../agent/cleanup/orders.ts';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import type { CleanupService } from '../../agent/tasks/cleanup-service.ts';
import { openCleanup } from '../../agent/tasks/open-cleanup.ts';
import { containerdRemoval } from '../../agent/runtimes/containerd/removal.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { runtimeOn, type CountingRuntime } from '../support/containerd-runtime.ts';
import { empty } from '../support/containerd-space.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { MortalCleanup } from '../support/model/mortal-cleanup.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { runnableImage } from '../support/small-images.ts';

const skip = needsRoot() || needsCommands('containerd', 'ctr', 'busybox');
const signal = AbortSignal.timeout(600_000);
const REMOVER = join(import.meta.dirname, '../../agent/cleanup/remover/main.ts');
const CEILINGS = {
  isRemovalAllowed: true,
  never: [],
  minimumAgeMs: 0,
  isUnpullableAllowed: false,
  limits: {},
};

suite('cleanup against all odds', { skip }, () => {
  let engine: TestContainerd;
  let registry: TestRegistry;
  let runtime: CountingRuntime;
  let folder: string;
  const mounted: string[] = [];

  before(async () => {
    engine = await startContainerd({ cri: false });
    registry = await startRegistry();
    runtime = runtimeOn(engine.address);
  });
  after(async () => {
    await runtime?.close();
    await registry?.stop();
    await engine?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tallyman-races-'));
  });
  afterEach(async () => {
    for (const place of mounted.splice(0)) execFileSync('umount', ['--lazy', place]);
    await empty(engine);
    rmSync(folder, { recursive: true, force: true });
  });

  async function pull(...repositories: readonly string[]): Promise<readonly string[]> {
    for (const repository of repositories) {
      const image = await runnableImage([[{ path: 'content', content: repository.repeat(2_000) }]]);
      await engine.ctr('images', 'pull', '--plain-http', registry.add(repository, '1', image));
    }
    return await listed();
  }

  async function listed(): Promise<readonly string[]> {
    return (await engine.ctr('images', 'list', '--quiet')).split('\n').filter(Boolean).toSorted(byText);
  }

  /** As the agent has it: runs are in a process of their own. */
  function service(): CleanupService {
    return openCleanup({
      ...{ node: 'test', stateDir: folder, ceilings: CEILINGS, diskFolders: [] },
      engines: () => [{ id: 'containerd', address: engine.address, reader: runtime }],
      lives: () => new Map(),
      ownUses: () => [],
      warnings: () => [],
      now: Date.now,
      changed: () => undefined,
    });
  }

  async function planned(cleanup: CleanupService, graceMs: number): Promise<string> {
    const policy = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0, graceMs };
    const { plan } = await cleanup.plan(policy, signal);
    assert.ok(plan.items.every(({ action }) => action === 'remove'));
    return plan.id;
  }

  /** Carries out what another process ordered, in a process that is killed as soon as it has told so many records. */
  async function killedAfter(records: number, message: RemoverMessage): Promise<boolean> {
    const child = fork(REMOVER, [], { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    let told = 0;
    let isDone = false;
    child.on('message', (report: RemoverReport) => {
      if (report.kind === 'progress') told += 1;
      else isDone = true;
      if (told > records) child.kill('SIGKILL');
    });
    child.send(message);
    await new Promise((resolve) => child.once('close', resolve));
    return !isDone;
  }

  test('25: a run whose process is killed at any record is brought to an end by the next, and nothing is lost', async () => {
    const cleanup = service();
    const places = { containerd: engine.address, folder: join(folder, 'cleanup') };
    let wasKilled = true;
    for (let records = 0; wasKilled; records += 1) {
      const graceMs = records % 2 === 0 ? 3_600_000 : 0;
      const names = await pull('shop/one');
      const policy = { ...DEFAULT_POLICY, unusedForMs: 0, minimumAgeMs: 0, graceMs };
      const { plan } = await cleanup.plan(policy, signal);
      const runId = `run-${records}`;
      const images = plan.items.map((item) => ({
        ...{ imageId: item.imageId, names: item.names, digests: item.digests },
        ...{ why: 'test', predicted: item.exclusive },
      }));
      const order = {
        ...{ runId, planId: plan.id, node: 'test', issuer: 'test', graceMs },
        ...{ predicted: plan.frees, refused: [], images },
      };
      wasKilled = await killedAfter(records, { places, order: { kind: 'apply', order } });
      await service().settle(signal);
      const run = cleanup.receipt(runId);
      assert.notEqual(run.outcome, undefined);
      const gone = ({ status }: RunState['images'][number]): boolean =>
        status === 'quarantined' || status === 'deleted';
      const lost = run.images.filter(gone).flatMap((image) => image.names);
      assert.deepEqual(
        await listed(),
        names.filter((name) => !lost.includes(name)),
        `${records} records`,
      );
      if (graceMs > 0 && lost.length > 0) {
        const undone = await cleanup.undo(runId, { issuer: 'test', reason: 'undo' }, signal);
        assert.deepEqual(undone.problems, []);
        assert.deepEqual(await listed(), names);
      }
      assert.equal(await engine.ctr('leases', 'list', '--quiet'), '');
      assert.ok(records < 20);
    }
  });

  test('20: of two runs at once the second is refused, and the first is whole', async () => {
    await pull('shop/one', 'shop/two', 'shop/three');
    const [one, two] = [service(), service()];
    const planId = await planned(one, 0);
    const both = await Promise.allSettled(
      [one, two].map((cleanup) => cleanup.apply({ planId, issuer: 'test' }, signal)),
    );
    const failed = both.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []));
    const runs = one.history();
    // The second may have come after the end of the first, and then found nothing to do.
    if (failed.length === 0)
      assert.ok(runs.some(({ images }) => images.every(({ status }) => status === 'raced')));
    else assert.match(failed[0]?.message ?? '', /another cleanup runs on this node/);
    assert.ok(runs.some(({ images }) => images.every(({ status }) => status === 'deleted')));
    assert.deepEqual(await listed(), []);
  });

  test('a run does not begin when its journal cannot be kept, and says what to do', async () => {
    const names = await pull('shop/one');
    const [cleanup, removal] = mortal(join(folder, 'state'));
    withSmallDisk(join(folder, 'state'));
    const planId = await planned(cleanup.service, 0);
    fill(join(folder, 'state'));
    await assert.rejects(cleanup.service.apply({ planId, issuer: 'test' }, signal), {
      name: 'CleanupError',
      code: 'journal',
      message:
        /the disk is full; free some space for the state folder by hand: nothing is removed without a journal/,
    });
    assert.deepEqual(await listed(), names);
    await removal.close();
  });

  test('a run stops when the disk of its journal is full, and all is turned back once there is room', async () => {
    // As many as fill more than a page of the file: what is begun of it has its space already.
    await pull(...Array.from({ length: 6 }, (_, one) => `shop/image-${one}`));
    for (const name of await listed()) {
      const others = [1, 2, 3, 4].map((other) => `${name.replace(registry.host, 'localhost')}.${other}`);
      await engine.ctr('images', 'tag', name, ...others);
    }
    const names = await listed();
    for (const at of [0, 1, 9]) {
      const place = join(folder, `state-${at}`);
      const [cleanup, removal] = mortal(place);
      withSmallDisk(place);
      const planId = await planned(cleanup.service, 3_600_000);
      let calls = 0;
      cleanup.meanwhile = async () => {
        if (calls++ === at) fill(place);
      };
      const failed = await cleanup.service
        .apply({ planId, issuer: 'test' }, signal)
        .catch((error: unknown) => error);
      assert.match(String(failed), /CleanupError: the cleanup journal .* cannot be used: the disk is full/);
      // Nothing goes on while there is no room.
      await assert.rejects(cleanup.service.settle(signal), { code: 'journal' });
      rmSync(join(place, 'filler'));
      await cleanup.service.settle(signal);
      const [run] = cleanup.service.history();
      assert.equal(run?.outcome, 'interrupted');
      const request = { issuer: 'test', reason: 'undo' };
      if (run?.images.some(({ status }) => status === 'quarantined') === true)
        await cleanup.service.undo(run.runId, request, signal);
      assert.deepEqual(await listed(), names, `at ${at}`);
      assert.equal(await engine.ctr('leases', 'list', '--quiet'), '');
      await removal.close();
    }
  });

  test('a record that is torn when the process is killed was not carried out yet, wherever it is torn', async () => {
    const names = await pull('shop/one', 'shop/two');
    for (const kind of ['begun', 'removing', 'image-ended', 'ended']) {
      for (const torn of [1, 40]) {
        const place = join(folder, `${kind}-${torn}`);
        const [cleanup, removal] = mortal(place);
        const planId = await planned(cleanup.service, 3_600_000);
        cleanup.end = { moment: `before record ${kind}`, times: 0 };
        assert.equal(
          await cleanup.survives(() => cleanup.service.apply({ planId, issuer: 'test' }, signal)),
          false,
        );
        const [journal = ''] = readdirSync(join(place, 'runs'));
        const record = JSON.stringify({
          at: 1,
          kind,
          imageId: 'sha256:of-the-torn-one',
          names: [],
          leases: [],
        });
        appendFileSync(join(place, 'runs', journal), record.slice(0, torn));
        await cleanup.service.settle(signal);
        for (const run of cleanup.service.history()) {
          assert.equal(run.outcome, 'interrupted');
          const kept = run.images.some(({ status }) => status === 'quarantined');
          if (kept) await cleanup.service.undo(run.runId, { issuer: 'test', reason: 'undo' }, signal);
        }
        assert.deepEqual(await listed(), names, `${kind}, ${torn} bytes of it`);
        assert.equal(await engine.ctr('leases', 'list', '--quiet'), '');
        await removal.close();
      }
    }
  });

  /** Within this process, with its state in a folder of its own. */
  function mortal(place: string): readonly [MortalCleanup, ReturnType<typeof containerdRemoval>] {
    const removal = containerdRemoval({ address: engine.address, owner: 'races' });
    const ours = { id: 'containerd', address: engine.address, reader: runtime, removal } as const;
    return [new MortalCleanup(place, ours, () => undefined), removal];
  }

  /** A file system of 256 KiB. */
  function withSmallDisk(place: string): void {
    execFileSync('mkdir', ['-p', place]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', place]);
    mounted.push(place);
  }

  /** Takes all the space that is left. */
  function fill(place: string): void {
    const filler = join(place, 'filler');
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(4096));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
