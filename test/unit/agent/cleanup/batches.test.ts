import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageUse } from '../../../../core/cleanup/uses.ts';
import type { ImageName } from '../../../../core/inventory.ts';
import { imageIdOf } from '../../../support/memory-engine.ts';
import { applyOrder, ends, HOUR, MemoryNode, RUN } from '../../../support/memory-node.ts';
import { MortalJournals } from '../../../support/mortal-journals.ts';

function three(node: MemoryNode): readonly (readonly ImageName[])[] {
  return ['a', 'b', 'c'].map((name) => [node.engine.add(`${name}:1`, name)]);
}

function user(target: string): ImageUse {
  return { imageId: imageIdOf(target), kind: 'container', who: `container of ${target}` };
}

test('who uses what is read once before the first batch and once after each, as long as nobody comes', async (context) => {
  const node = new MemoryNode(context);
  const calls: string[] = [];
  node.engine.onCall = (call) => void calls.push(call);
  const order = applyOrder(three(node));
  await node.carryOut({ kind: 'apply', order }, { batch: { images: 2, ms: 1_000 } });
  assert.deepEqual(ends(node.run()), ['quarantined', 'quarantined', 'quarantined']);
  const told = calls.map((call) => (call.startsWith('remove') ? 'remove' : call));
  assert.deepEqual(
    told.filter((call) => ['uses', 'mark', 'remove'].includes(call)),
    // A mark is read with all that it stands for.
    [...['mark', 'uses', 'remove', 'mark', 'remove', 'mark', 'uses'], ...['mark', 'remove', 'mark', 'uses']],
  );
});

test('who comes within a batch keeps an image that is still there, and gets one back that is not', async (context) => {
  const node = new MemoryNode(context);
  node.engine.onCall = (call) => {
    if (call === 'remove a:1') node.engine.uses = [user('a'), user('b')];
  };
  const run = await node.apply(three(node));
  assert.deepEqual(ends(run), [
    'raced: used by container of a, which came while it was removed',
    'raced: used by container of b since the plan was made',
    'quarantined',
  ]);
  assert.deepEqual(
    [...node.engine.names.keys()].toSorted((a, b) => (a < b ? -1 : 1)),
    ['k8s.io a:1', 'k8s.io b:1'],
  );
  assert.equal(node.engine.leases.size, 1);
});

test('what was read a while ago is read again, though nobody seems to have come', async (context) => {
  const node = new MemoryNode(context);
  let readings = 0;
  node.engine.onCall = (call) => {
    if (call === 'uses') readings += 1;
    if (call === 'remove b:1') node.time += 60_000;
  };
  const order = applyOrder(three(node));
  await node.carryOut({ kind: 'apply', order }, { batch: { images: 3, ms: Infinity } });
  assert.equal(readings, 3);
  // Nor is a clock trusted that goes back.
  const other = new MemoryNode(context);
  readings = 0;
  other.engine.onCall = (call) => {
    if (call === 'uses') readings += 1;
    if (call === 'remove b:1') other.time = 1;
  };
  await other.carryOut({ kind: 'apply', order: applyOrder(three(other)) });
  assert.equal(readings, 3);
});

test('a batch ends after its time, and its look comes before the next image', async (context) => {
  const node = new MemoryNode(context);
  const calls: string[] = [];
  node.engine.onCall = (call) => {
    calls.push(call);
    if (call.startsWith('remove')) node.time += 900;
  };
  const order = applyOrder(three(node));
  await node.carryOut({ kind: 'apply', order }, { batch: { images: 25, ms: 1_000 } });
  const looks = calls.filter((call) => call === 'save' || call.startsWith('remove'));
  assert.deepEqual(looks, ['save', 'remove a:1', 'remove b:1', 'save', 'save', 'remove c:1', 'save']);
});

test('without a grace period each batch is free before the next begins', async (context) => {
  const node = new MemoryNode(context);
  const held: number[] = [];
  node.engine.onCall = (call) => {
    if (call === 'save') held.push(node.engine.content.size);
  };
  const order = applyOrder(three(node), { graceMs: 0 });
  await node.carryOut({ kind: 'apply', order }, { batch: { images: 2, ms: 1_000 } });
  assert.deepEqual(held, [3, 3, 1, 1]);
  assert.equal(node.engine.content.size, 0);
});

test('leases outlast their batch, however late in a run it begins', async (context) => {
  const node = new MemoryNode(context);
  const images = three(node);
  node.engine.onCall = (call) => {
    // A collection takes long on a slow disk.
    if (call === 'release') node.time += HOUR;
  };
  const left: number[] = [];
  await node.carryOut(
    { kind: 'apply', order: applyOrder(images, { graceMs: 0 }) },
    {
      batch: { images: 1, ms: 1_000 },
      told(record) {
        if (record.kind === 'removing')
          left.push(...record.leases.map(({ expiresAt }) => expiresAt - record.at));
      },
    },
  );
  assert.equal(left.length, 3);
  assert.ok(
    left.every((ms) => ms >= 10 * 60_000),
    left.join(),
  );
});

test('when references cannot be read after a batch, all of it comes back', async (context) => {
  const node = new MemoryNode(context);
  const images = three(node);
  const before = new Map(node.engine.names);
  let readings = 0;
  node.engine.onCall = (call) => {
    if (call === 'uses') readings += 1;
    if (call === 'uses' && readings > 1) throw new Error('connection lost');
  };
  const order = applyOrder(images);
  await node.carryOut({ kind: 'apply', order }, { batch: { images: 2, ms: 1_000 } });
  assert.deepEqual(ends(node.run()), [
    'failed: connection lost',
    'failed: connection lost',
    'failed: the run stopped: connection lost',
  ]);
  assert.deepEqual(new Map([...node.engine.names].toSorted(([a], [b]) => (a < b ? -1 : 1))), before);
  assert.equal(node.engine.leases.size, 0);
});

test('the end of a grace period frees a few images at a time, and leaves the rest when the disk is busy', async (context) => {
  const node = new MemoryNode(context);
  const images = Array.from({ length: 60 }, (_, at) => [node.engine.add(`a:${at}`, `m${at}`)]);
  await node.apply(images);
  node.time += 2 * HOUR;
  let paces = 0;
  const pace = async (): Promise<string | undefined> =>
    (paces += 1) > 2 ? 'the disk is too busy' : undefined;
  await node.carryOut({ kind: 'settle' }, { pace });
  const byStatus = Map.groupBy(node.run().images, ({ status }) => status);
  assert.deepEqual([byStatus.get('deleted')?.length, byStatus.get('quarantined')?.length], [50, 10]);
  assert.equal(node.engine.content.size, 10);
  await node.carryOut({ kind: 'settle' });
  assert.ok(
    node.run().images.every(({ status, measured }) => status === 'deleted' && measured?.bytes === 100),
  );
  assert.equal(node.engine.leases.size, 0);
});

/** Stands for the end of the process, or of the engine: nothing after it happens. */
class Killed extends Error {}

const KILLS = (['process', 'engine'] as const).flatMap((mortal) =>
  [HOUR, 0].flatMap((graceMs) => [1, 2, 3].map((size) => ({ mortal, graceMs, size }))),
);

for (const { mortal, graceMs, size } of KILLS) {
  test(`25: ${mortal} killed at any step, ${graceMs} ms of grace, batches of ${size}: nothing is lost, everything comes to an end`, async (context) => {
    let isOver = false;
    for (let step = 1; !isOver; step += 1) {
      const node = new MemoryNode(context);
      const images = [
        [node.engine.add('a:1', 'm1'), node.engine.add('a:2', 'm1')],
        [node.engine.add('b:1', 'm2'), node.engine.add('b:1', 'm2', 100, 'moby')],
        [node.engine.add('c:1', 'm3')],
      ];
      const before = new Map(node.engine.names);
      let ticks = 0;
      const tick = (): void => {
        ticks += 1;
        if (ticks >= step) throw new Killed();
      };
      node.engine.onCall = tick;
      const journals = mortal === 'process' ? new MortalJournals(node.journals.folder, tick) : node.journals;
      const order = applyOrder(images, { graceMs });
      const batch = { images: size, ms: 1_000 };
      await node.carryOut({ kind: 'apply', order }, { journals, batch }).catch(() => undefined);
      isOver = ticks < step;
      node.engine.onCall = () => undefined;
      node.engine.collect();
      await node.carryOut({ kind: 'recover' });

      assert.deepEqual(node.journals.unfinished(), []);
      const run = node.journals.run(RUN);
      if (run === undefined) assert.deepEqual(node.engine.names, before);
      for (const { status, names } of run?.images ?? []) {
        const keys = [...node.engine.names.keys()];
        const isThere = names.map((name) => keys.some((key) => key.endsWith(` ${name}`)));
        const isGone = status === 'quarantined' || status === 'deleted';
        assert.ok(!isThere.includes(isGone), `step ${step}: ${status}`);
      }
      if (graceMs > 0 && run !== undefined) {
        const request = { issuer: 'root', reason: 'all' };
        await node.carryOut({ kind: 'undo', runId: RUN, request });
        assert.deepEqual(node.engine.names, before, `step ${step}`);
        assert.equal(node.engine.leases.size, 0, `step ${step}`);
      }
      node.time += 2 * HOUR;
      await node.carryOut({ kind: 'settle' });
      assert.equal(node.engine.leases.size, 0, `step ${step}`);
      assert.ok(step < 200);
    }
  });
}
