import assert from 'node:assert/strict';
import { pruneMark } from '../../../collector/prune-mark.ts';
import { CONTENT_GRACE_MS } from '../../../collector/store/content-grace.ts';
import { type StateItem } from '../../../core/inventory.ts';
import { parseQuery } from '../../../core/version-range.ts';
import { containerOf, incoming, startNode } from '../fleet.ts';
import { type Contract, first, imageItem, layered, plain, storeContent } from './samples.ts';

export function upkeepContract(contract: Contract): void {
  contract('pruning removes what is old and unneeded, and nothing else', async (store) => {
    const keepAll = {
      historyMs: 1000,
      historyRows: 1000,
      eventMs: 1000,
      nodeMs: 1000,
      contentMs: 1000,
    };
    await storeContent(store, plain, layered);
    await startNode(store, 'gone', 10);
    await startNode(store, 'here', 10);
    const container = incoming({ kind: 'container', value: containerOf('one', layered.image) });
    await store.applyState('gone', [incoming(imageItem(layered)), container], [], 10);
    await store.applyState('here', [incoming(imageItem(plain)), container], [], 10);
    await store.applyState('here', [], [container.key], 20);
    await store.putEvents('here', 'e', [{ number: 1, time: 1, kind: 'loss', payload: new Uint8Array() }], 20);
    await store.endSession('gone', 'instance-1', 30);

    const nothing = {
      lives: 0,
      events: 0,
      nodes: 0,
      images: 0,
      compositions: 0,
      layers: 0,
      packages: 0,
      orders: 0,
    };
    assert.deepEqual(await store.prune(keepAll, 40), nothing);
    assert.deepEqual(await store.prune({ ...keepAll, nodeMs: 5, eventMs: 5 }, 40), {
      ...nothing,
      nodes: 1,
      events: 1,
      images: 1,
    });
    assert.equal(await store.node('gone'), undefined);
    assert.deepEqual((await store.where(parseQuery('lodash'), 1)).totals, {
      packages: 0,
      images: 0,
      nodes: 0,
      containers: 0,
      running: 0,
    });
    assert.deepEqual(await store.prune({ ...keepAll, historyMs: 5 }, 40), { ...nothing, lives: 1 });
    const content = { ...keepAll, historyMs: 1e9, eventMs: 1e9, nodeMs: 1e9, contentMs: 5 };
    assert.deepEqual(await store.prune(content, 40), nothing, 'content is only marked');
    const [next, last] = [40 + CONTENT_GRACE_MS, 40 + 2 * CONTENT_GRACE_MS];
    assert.deepEqual(await store.prune(content, next - 1), nothing);
    assert.deepEqual(await store.prune(content, next), { ...nothing, compositions: 1, packages: 2 });
    assert.deepEqual(await store.prune(content, last), { ...nothing, layers: 1 });
    assert.equal((await store.imagePackages(plain.image.imageId, first))?.items.length, 2);
    assert.equal(await store.eventsStored('here', 'e'), 1, 'the number outlives the event');
    await store.check();
  });

  contract('history is kept to a number of rows', async (store) => {
    for (let at = 0; at < 5; at += 1) {
      const container = incoming({ kind: 'container', value: containerOf(`c${at}`, plain.image) });
      await store.applyState('node-a', [container], [], at * 2);
      await store.applyState('node-a', [], [container.key], at * 2 + 1);
    }
    const policy = {
      historyMs: 1e9,
      historyRows: 2,
      eventMs: 1e9,
      nodeMs: 1e9,
      contentMs: 1e9,
    };
    assert.equal((await store.prune(policy, 100)).lives, 3);
    assert.deepEqual(
      (await store.history({}, first)).items.map(({ summary }) => summary),
      ['c4 (plain:1)', 'c3 (plain:1)'],
    );
  });

  contract('as of when old data was removed is kept, and not pruned itself', async (store) => {
    const mark = pruneMark(store);
    assert.equal(await mark.read(), undefined);
    await mark.write(1000, 1000);
    await mark.write(2000, 5000);
    const policy = { historyMs: 1, historyRows: 0, eventMs: 1, nodeMs: 1, contentMs: 1 };
    await store.prune(policy, 1e12);
    assert.equal(await mark.read(), 2000);
  });

  contract('the summary counts the fleet', async (store) => {
    await storeContent(store, plain);
    await startNode(store, 'a', 1);
    await startNode(store, 'b', 1);
    await store.endSession('b', 'instance-1', 2);
    await store.heartbeat('a', 3, 'degraded');
    const items: StateItem[] = [
      imageItem(plain),
      imageItem(layered),
      { kind: 'container', value: containerOf('one', plain.image) },
      { kind: 'container', value: containerOf('two', plain.image, { state: 'exited' }) },
    ];
    await store.applyState('a', items.map(incoming), [], 3);
    assert.deepEqual(await store.summary(), {
      nodes: 2,
      connected: 1,
      degraded: 1,
      images: 2,
      imagesWithoutPackages: 1,
      layers: 2,
      packages: 2,
      containers: 2,
      running: 1,
      processes: 0,
    });
  });

  contract('a closed store says so', async (store) => {
    await store.close();
    await assert.rejects(store.nodes(first), { name: 'StoreError', code: 'closed' });
    await assert.rejects(store.applyState('a', [], [], 1), { name: 'StoreError', code: 'closed' });
  });
}
