import assert from 'node:assert/strict';
import type { IncomingEvent } from '../../../collector/ingest/ingest-store.ts';
import { startNode } from '../fleet.ts';
import { type Contract, everyItem } from './samples.ts';

export function sessionsContract(contract: Contract): void {
  contract('a node exists and is connected once its session started', async (store) => {
    assert.equal(await store.node('node-a'), undefined);
    await startNode(store, 'node-a', 1000);
    assert.deepEqual(await store.node('node-a'), {
      node: 'node-a',
      status: 'connected',
      condition: 'ok',
      agentVersion: '0.1.0',
      firstSeen: 1000,
      connectedAt: 1000,
      lastSeen: 1000,
      counts: { images: 0, containers: 0, running: 0, processes: 0 },
    });
    await store.heartbeat('node-a', 5000, 'degraded');
    const beaten = await store.node('node-a');
    assert.deepEqual([beaten?.lastSeen, beaten?.condition], [5000, 'degraded']);
  });

  contract('the end of a replaced session does not end its successor', async (store) => {
    await startNode(store, 'node-a', 1000, 'old');
    await startNode(store, 'node-a', 2000, 'new');
    await store.endSession('node-a', 'old', 3000);
    assert.equal((await store.node('node-a'))?.status, 'connected');
    await store.endSession('node-a', 'new', 4000);
    const ended = await store.node('node-a');
    assert.deepEqual([ended?.status, ended?.lastSeen], ['disconnected', 4000]);
  });

  contract('equal refusals are counted, latest first', async (store) => {
    const refusal = { node: 'node-x', reason: 'wrong-node', message: 'its certificate says node-y' };
    await store.recordRefusal({ ...refusal, at: 10 });
    await store.recordRefusal({ ...refusal, node: 'node-z', at: 15 });
    await store.recordRefusal({ ...refusal, at: 20, count: 40 });
    // A clock that was set back.
    await store.recordRefusal({ ...refusal, at: 5 });
    assert.deepEqual(await store.refusals({ limit: 1 }), {
      items: [{ ...refusal, count: 42, firstAt: 10, lastAt: 20 }],
      next: (await store.refusals({ limit: 1 })).next,
    });
    assert.equal((await everyItem((page) => store.refusals(page), 1)).length, 2);
  });

  contract('events are stored once, in order, by epoch', async (store) => {
    function events(...numbers: readonly number[]): IncomingEvent[] {
      return numbers.map((number) => ({ number, time: 1, kind: 'loss', payload: Uint8Array.of(number) }));
    }
    await startNode(store, 'node-a', 1);
    assert.equal(await store.eventsStored('node-a', 'e1'), 0);
    assert.equal(await store.putEvents('node-a', 'e1', events(1, 2), 5), 2);
    assert.equal(await store.putEvents('node-a', 'e1', events(1, 2, 3), 6), 3);
    assert.equal(await store.putEvents('node-a', 'e1', events(2), 7), 3);
    assert.equal(await store.putEvents('node-a', 'e1', [], 8), 3);
    assert.equal(await store.eventsStored('node-a', 'e2'), 0);
    assert.equal((await store.sizes()).rows['events'], 3);
  });
  contract(
    'of a node that invents epochs a few are remembered, and no event is stored twice',
    async (store) => {
      const policy = { historyMs: 1e9, historyRows: 1000, eventMs: 100, nodeMs: 1e9, contentMs: 1e9 };
      function event(number: number): IncomingEvent[] {
        return [{ number, time: 1, kind: 'loss', payload: Uint8Array.of(number) }];
      }
      await startNode(store, 'node-a', 1);
      await store.putEvents('node-b', 'e0', event(7), 1);
      for (let epoch = 0; epoch < 20; epoch += 1)
        assert.equal(await store.putEvents('node-a', `e${epoch}`, event(3), 1000 + epoch), 3);
      // Forgotten, but its event is there.
      assert.equal(await store.eventsStored('node-a', 'e0'), 3);
      assert.equal(await store.putEvents('node-a', 'e0', event(3), 2000), 3);
      assert.equal(await store.putEvents('node-a', 'e0', event(4), 2000), 4);
      await store.prune(policy, 3000);
      const kept: number[] = [];
      for (let epoch = 0; epoch < 20; epoch += 1)
        if ((await store.eventsStored('node-a', `e${epoch}`)) > 0) kept.push(epoch);
      assert.deepEqual(kept, [0, 13, 14, 15, 16, 17, 18, 19]);
      assert.equal(await store.eventsStored('node-b', 'e0'), 7);
    },
  );
}
