import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { differenceOf, EMPTY_STATE, takeSnapshot } from '../../../../agent/uplink/state-snapshot.ts';
import { StateIntake } from '../../../../collector/ingest/state-intake.ts';
import { bucketOf } from '../../../../core/state-tree.ts';
import { sha256 } from '../../../../platform/sha256.ts';
import { DEFAULT_LIMITS } from '../../../../proto/codec/limits.ts';
import { MemoryIngestStore } from '../../../support/memory-ingest-store.ts';
import { hostItem, processItem } from '../../../support/session-bench.ts';

let store: MemoryIngestStore;

beforeEach(() => {
  store = new MemoryIngestStore();
});

function load(limits = DEFAULT_LIMITS): Promise<StateIntake> {
  return StateIntake.load({ store, node: 'n', limits, clock: () => 1 });
}

const one = takeSnapshot([hostItem()], EMPTY_STATE);
const two = takeSnapshot([hostItem(), processItem(1)], one);

function changeTo(to: typeof one, from = EMPTY_STATE): Parameters<StateIntake['change']>[0] {
  const { upserts, deletes } = differenceOf(from, to);
  return {
    upserts: upserts.map(({ key, payload }) => ({ key, payload })),
    deletes: [...deletes],
    stateRoot: to.root,
  };
}

test('nothing held is an empty root', async () => {
  const intake = await load();
  assert.equal(intake.root().length, 0);
  await intake.change(changeTo(one));
  assert.deepEqual(intake.root(), one.root);
  assert.deepEqual((await load()).root(), one.root);
});

test('a change is answered with what is held then, once its last part came', async () => {
  const intake = await load();
  assert.deepEqual(await intake.change({ ...changeTo(one), stateRoot: new Uint8Array() }), []);
  assert.deepEqual(await intake.change(changeTo(two, one)), [{ stateStored: { stateRoot: two.root } }]);
  assert.deepEqual(await intake.change(changeTo(one, two)), [{ stateStored: { stateRoot: one.root } }]);
  assert.deepEqual([...store.node('n').items.keys()], ['host/']);
});

test('a beat with another root asks for a comparison, once', async () => {
  const intake = await load();
  await intake.change(changeTo(one));
  assert.deepEqual(intake.beat(one.root), []);
  assert.deepEqual(intake.beat(new Uint8Array()), []);
  assert.deepEqual(intake.beat(two.root), [{ stateCompare: {} }]);
  assert.deepEqual(intake.beat(two.root), []);
  // What was under way is stored, and not answered.
  assert.deepEqual(await intake.change({ ...changeTo(two, one), stateRoot: one.root }), []);
  assert.equal(store.node('n').items.size, 2);
  assert.deepEqual(intake.hashes({ hashes: two.buckets }), [{ stateStored: { stateRoot: two.root } }]);
  assert.deepEqual(intake.beat(one.root), [{ stateCompare: {} }]);
});

test('repeating a change changes nothing', async () => {
  const intake = await load();
  await intake.change(changeTo(two));
  assert.deepEqual(await intake.change(changeTo(two)), [{ stateStored: { stateRoot: two.root } }]);
  assert.deepEqual(await intake.change({ ...changeTo(two), deletes: ['process/b/1/1'] }), [
    { stateStored: { stateRoot: two.root } },
  ]);
});

test('a repair writes only what differs', async () => {
  const intake = await load();
  await intake.change(changeTo(two));
  const target = takeSnapshot([hostItem(), processItem(1, { user: 'daemon' })], two);
  const [request] = intake.hashes({ hashes: target.buckets });
  const buckets = request?.bucketRequest?.buckets ?? [];
  assert.equal(buckets.length, 1);
  const written: string[] = [];
  const apply = store.applyState.bind(store);
  store.applyState = async (node, upserts, deletes) => {
    written.push(...upserts.map(({ key }) => key), ...deletes);
    return apply(node, upserts, deletes);
  };
  const items = [...target.entries.values()].filter(({ bucket }) => bucket === buckets[0]);
  assert.deepEqual(await intake.bucketState({ buckets, items, complete: true, stateRoot: target.root }), [
    { stateStored: { stateRoot: target.root } },
  ]);
  assert.deepEqual(written, ['process/boot-1/1/100']);
});

test('hashes that do not fit the items are computed anew', async () => {
  const intake = await load();
  await intake.change(changeTo(two));
  store.bucketHashes = async () => new Uint8Array(256 * 32).fill(7);
  const broken = await load();
  const [request] = broken.hashes({ hashes: two.buckets });
  const buckets = request?.bucketRequest?.buckets ?? [];
  assert.equal(buckets.length, 256);
  const items = [...two.entries.values()];
  assert.deepEqual(await broken.bucketState({ buckets, items, complete: true, stateRoot: two.root }), [
    { stateStored: { stateRoot: two.root } },
  ]);
  assert.deepEqual(broken.root(), two.root);
});

test('items beyond the limit are refused, those that replace others are not', async () => {
  const intake = await load({ ...DEFAULT_LIMITS, maxItems: 2 });
  await intake.change(changeTo(two));
  await intake.change(changeTo(two));
  const three = takeSnapshot([hostItem(), processItem(1), processItem(2)], two);
  await assert.rejects(intake.change(changeTo(three, two)), /3 state items; at most 2/);
  const swapped = takeSnapshot([hostItem(), processItem(2)], two);
  assert.deepEqual(await intake.change(changeTo(swapped, two)), [
    { stateStored: { stateRoot: swapped.root } },
  ]);
});

test('deletes of what is not held make no room', async () => {
  const limit = 20;
  const intake = await load({ ...DEFAULT_LIMITS, maxItems: limit });
  async function flood(round: number): Promise<void> {
    const pids = Array.from({ length: limit }, (_, at) => round * limit + at + 1);
    const more = takeSnapshot(
      pids.map((pid) => processItem(pid)),
      EMPTY_STATE,
    );
    const deletes = pids.map((pid) => `process/none/${pid}/1`);
    await intake.change({ ...changeTo(more), deletes, stateRoot: new Uint8Array() });
  }
  await flood(0);
  await assert.rejects(flood(1), /40 state items; at most 20/);
  await assert.rejects(flood(2), /40 state items; at most 20/);
  assert.equal(store.node('n').items.size, limit);
});

/** Repairs in parts of so many items; the most that was stored in between. Throws what a part was refused with. */
async function repair(intake: StateIntake, target: typeof one, size: number): Promise<number> {
  const [request] = intake.hashes({ hashes: target.buckets });
  const buckets = request?.bucketRequest?.buckets ?? [];
  const items = [...target.entries.values()].filter(({ bucket }) => buckets.includes(bucket));
  let most = 0;
  for (let at = 0; at < items.length; at += size) {
    const complete = at + size >= items.length;
    const part = { buckets, items: items.slice(at, at + size), complete, stateRoot: target.root };
    const answer = await intake.bucketState(part);
    assert.deepEqual(answer, complete ? [{ stateStored: { stateRoot: target.root } }] : []);
    most = Math.max(most, store.node('n').items.size);
  }
  return most;
}

function processes(from: number, count: number): ReturnType<typeof processItem>[] {
  return Array.from({ length: count }, (_, at) => processItem(from + at));
}

test('a repair after which there is room is not refused, though all that is held is replaced', async () => {
  const limits = { ...DEFAULT_LIMITS, maxItems: 300 };
  const intake = await load(limits);
  await intake.change(changeTo(takeSnapshot([hostItem(), ...processes(1, 299)], EMPTY_STATE)));
  const restarted = takeSnapshot([...processes(1000, 299), hostItem()], EMPTY_STATE);
  const deleted: string[] = [];
  const apply = store.applyState.bind(store);
  store.applyState = async (node, upserts, deletes) => {
    deleted.push(...deletes);
    return apply(node, upserts, deletes);
  };
  assert.equal(await repair(intake, restarted, 70), 300);
  assert.deepEqual([...store.node('n').items.keys()].toSorted(), [...restarted.entries.keys()].toSorted());
  assert.equal(deleted.length, 299, 'each once, and not the host, which comes last');
  assert.deepEqual(intake.root(), restarted.root);
});

test('a process that made room and comes later in the same repair is stored again', async () => {
  const limits = { ...DEFAULT_LIMITS, maxItems: 300 };
  const intake = await load(limits);
  await intake.change(changeTo(takeSnapshot(processes(1, 300), EMPTY_STATE)));
  const mixed = takeSnapshot([...processes(1000, 150), ...processes(1, 150)], EMPTY_STATE);
  assert.equal(await repair(intake, mixed, 50), 300);
  assert.deepEqual(intake.root(), mixed.root);
});

test('a repair after which there is too much is refused, however often it is begun', async () => {
  const limits = { ...DEFAULT_LIMITS, maxItems: 300 };
  await (await load(limits)).change(changeTo(takeSnapshot(processes(1, 300), EMPTY_STATE)));
  for (let round = 1; round < 4; round += 1) {
    const flood = takeSnapshot(processes(round * 1000, 301), EMPTY_STATE);
    await assert.rejects(repair(await load(limits), flood, 100), /301 state items; at most 300/);
    assert.ok(store.node('n').items.size <= 300);
  }
});

test('a large change is worked off in steps, between which others have their turn', async () => {
  const large = takeSnapshot(
    Array.from({ length: 1000 }, (_, pid) => processItem(pid + 1)),
    EMPTY_STATE,
  );
  const intake = await load();
  let turns = 0;
  const other = setInterval(() => {
    turns += 1;
  }, 0);
  try {
    assert.deepEqual(await intake.change(changeTo(large)), [{ stateStored: { stateRoot: large.root } }]);
  } finally {
    clearInterval(other);
  }
  assert.equal(store.calls.get('applyState'), 10);
  assert.ok(turns >= 1);
  assert.deepEqual(await intake.change(changeTo(EMPTY_STATE, large)), [
    { stateStored: { stateRoot: EMPTY_STATE.root } },
  ]);
  assert.equal(store.node('n').items.size, 0);
});

test('a change that was cut off between two steps is mended by the next comparison', async () => {
  const large = takeSnapshot(
    Array.from({ length: 250 }, (_, pid) => processItem(pid + 1)),
    EMPTY_STATE,
  );
  const broken = await load();
  const changing = broken.change(changeTo(large));
  store.failAfter = 2;
  await assert.rejects(changing);
  store.failAfter = Infinity;
  const intake = await load();
  assert.equal(store.node('n').items.size, 200);
  const [asked] = intake.hashes({ hashes: large.buckets });
  const buckets = asked?.bucketRequest?.buckets ?? [];
  const items = [...large.entries.values()].filter(({ key }) => buckets.includes(bucketOf(sha256, key)));
  const answer = await intake.bucketState({ buckets, items, complete: true, stateRoot: large.root });
  assert.deepEqual(answer, [{ stateStored: { stateRoot: large.root } }]);
  assert.equal(store.node('n').items.size, 250);
});
