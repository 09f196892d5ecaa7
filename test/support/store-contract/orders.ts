import assert from 'node:assert/strict';
import type { AuditRecord, CommandRecord, NewDocument } from '../../../collector/store/fleet-orders.ts';
import type { IncomingEvent, ReceiptRecord } from '../../../collector/ingest/ingest-store.ts';
import { startNode } from '../fleet.ts';
import { everyItem, first, type Contract } from './samples.ts';

const command: CommandRecord = {
  id: 'c1',
  node: 'node-a',
  payload: Uint8Array.of(1, 2),
  issuer: 'anna',
  action: 'ping',
  issuedAt: 10,
  expiresAt: 100,
};
const run: ReceiptRecord = {
  runId: 'run-1',
  planId: 'p',
  issuer: 'command c1',
  begunAt: 20,
  predictedBytes: 7,
  measuredBytes: 0,
  items: [
    {
      imageId: 'i',
      names: ['a:1'],
      status: 'quarantined',
      why: 'unused',
      predictedBytes: 7,
      measuredBytes: 0,
    },
  ],
};

function event(number: number, of: Partial<IncomingEvent>): IncomingEvent {
  return { number, time: 1, kind: 'any', payload: new Uint8Array(), ...of };
}

function link(sequence: number, at = sequence): AuditRecord {
  return { sequence, at, hash: `hash-${sequence}`, entry: `{"n":${sequence}}` };
}

export function ordersContract(contract: Contract): void {
  contract('a command waits until its result comes from its own node, or it expires', async (store) => {
    await store.putCommands([command]);
    await store.putCommands([{ ...command, payload: Uint8Array.of(9) }]);
    assert.deepEqual(
      (await store.pendingCommands('node-a', 50)).map(({ id, payload }) => [id, [...payload]]),
      [['c1', [1, 2]]],
    );
    assert.deepEqual(await store.pendingCommands('node-a', 100), []);
    assert.deepEqual(await store.pendingCommands('node-b', 50), []);
    const { payload: _, ...told } = command;
    assert.deepEqual(await store.command('c1', 50), { ...told, state: 'waiting', hasDetail: false });
    assert.equal((await store.command('c1', 100))?.state, 'expired');
    assert.equal(await store.command('c2', 50), undefined);
    await store.commandsSent(['c1', 'unknown'], 55);
    assert.deepEqual(await store.command('c1', 60), { ...told, state: 'sent', sentAt: 55, hasDetail: false });

    const detail = Uint8Array.of(5, 6);
    const audit = { hash: 'abc', sequence: 4 };
    const commandResult = { commandId: 'c1', outcome: 'done', message: 'pong', detail, audit } as const;
    await store.putEvents('node-b', 'e', [event(1, { commandResult })], 60);
    assert.equal((await store.command('c1', 60))?.state, 'sent');
    assert.deepEqual(await store.unauditedResults(9), []);
    await store.putEvents('node-a', 'e', [event(1, { commandResult })], 170);
    const done = {
      ...told,
      state: 'done',
      sentAt: 55,
      finishedAt: 170,
      message: 'pong',
      audit,
      hasDetail: true,
    };
    assert.deepEqual(await store.command('c1', 180), done, 'a late result counts');
    assert.deepEqual([...((await store.commandDetail('c1')) ?? [])], [5, 6]);
    assert.equal(await store.commandDetail('c2'), undefined);
    assert.deepEqual(await store.pendingCommands('node-a', 70), []);
    assert.deepEqual(await store.unauditedResults(9), [done]);
    const again = { ...commandResult, outcome: 'failed' } as const;
    await store.putEvents('node-a', 'e', [event(2, { commandResult: again })], 190);
    assert.equal((await store.command('c1', 200))?.state, 'done', 'the first result counts');
  });

  contract(
    'commands that wait come in the order in which they were put, as many as are asked for',
    async (store) => {
      // The clocks of collectors, and of people who sign, differ.
      await store.putCommands([{ ...command, id: 'c', issuedAt: 12 }]);
      await store.putCommands([
        { ...command, id: 'a', issuedAt: 11 },
        { ...command, id: 'other', node: 'node-b', issuedAt: 10 },
      ]);
      await store.putCommands([
        { ...command, id: 'b', issuedAt: 11 },
        { ...command, id: 'c', issuedAt: 13 },
      ]);
      const waiting = async (most: number, ...but: readonly string[]): Promise<string[]> =>
        (await store.pendingCommands('node-a', 50, { most, but })).map(({ id }) => id);
      assert.deepEqual(await waiting(2), ['c', 'a']);
      assert.deepEqual(await waiting(2, 'c', 'unknown', '{"\\'), ['a', 'b']);
      assert.deepEqual(await waiting(9, 'c', 'a', 'b'), []);
      assert.deepEqual(
        (await store.pendingCommands('node-a', 50)).map(({ id }) => id),
        ['c', 'a', 'b'],
      );
    },
  );

  contract('commands are listed latest first, of all nodes or of one', async (store) => {
    await store.putCommands([
      { ...command, id: 'b', node: 'node-a', issuedAt: 10 },
      { ...command, id: 'a', node: 'node-b', issuedAt: 10 },
      { ...command, id: 'c', node: 'node-a', issuedAt: 11 },
    ]);
    const list = await everyItem((page) => store.commands({}, 20, page), 1);
    assert.deepEqual(
      list.map(({ id }) => id),
      ['c', 'b', 'a'],
    );
    assert.deepEqual(
      (await store.commands({ node: 'node-b' }, 20, first)).items.map(({ id }) => id),
      ['a'],
    );
    const named = await store.commandsNamed(['c', 'unknown', 'a'], 20);
    assert.deepEqual(
      named.toSorted((a, b) => a.issuedAt - b.issuedAt),
      [await store.command('a', 20), await store.command('c', 20)],
    );
    assert.deepEqual(await store.commandsNamed([], 20), []);
  });

  contract('of each run the last receipt is kept, listed latest first', async (store) => {
    await startNode(store, 'node-a', 1);
    await store.putEvents('node-a', 'e', [event(1, { receipt: run })], 21);
    await store.putEvents('node-b', 'e', [event(1, { receipt: run })], 22);
    const later: ReceiptRecord = { ...run, runId: 'run-2', begunAt: 30, outcome: 'done', endedAt: 31 };
    await store.putEvents('node-a', 'e', [event(2, { receipt: later })], 31);
    await store.putEvents('node-a', 'e', [event(3, { receipt: { ...run, outcome: 'partial' } })], 40);
    assert.deepEqual(await store.receipt('node-a', 'run-1'), {
      ...run,
      outcome: 'partial',
      node: 'node-a',
      storedAt: 40,
    });
    assert.equal(await store.receipt('node-c', 'run-1'), undefined);
    const runs = ['node-b run-1', 'node-a run-2', 'node-b run-2', 'node-c run-1'].map((one) => {
      const [node = '', runId = ''] = one.split(' ');
      return { node, runId };
    });
    const found = await store.receiptsOf(runs);
    assert.deepEqual(
      found.toSorted((a, b) => a.begunAt - b.begunAt),
      [await store.receipt('node-b', 'run-1'), await store.receipt('node-a', 'run-2')],
    );
    assert.deepEqual(await store.receiptsOf([]), []);
    const all = await everyItem((page) => store.receipts({}, page), 1);
    assert.deepEqual(
      all.map(({ node, runId }) => `${node} ${runId}`),
      ['node-a run-2', 'node-b run-1', 'node-a run-1'],
    );
    const some = await store.receipts({ node: 'node-a', since: 25 }, first);
    assert.deepEqual(
      some.items.map(({ runId }) => runId),
      ['run-2'],
    );
  });

  contract('documents are replaced, keep their time, and go with the one they belong to', async (store) => {
    const parts: NewDocument[] = ['n2', 'n1'].map((node) => ({
      kind: 'rollout-node',
      id: `r1/${node}`,
      parent: 'r1',
      value: { node },
    }));
    await store.putDocuments([{ kind: 'rollout', id: 'r1', value: { step: 1 } }, ...parts], 10);
    await store.putDocuments([{ kind: 'rollout', id: 'r2', value: {} }], 20);
    await store.putDocuments([{ kind: 'verdict-list', id: 'r1', value: [] }], 20);
    await store.putDocuments([{ kind: 'rollout', id: 'r1', value: { step: 2 } }], 30);
    assert.deepEqual(await store.document('rollout', 'r1'), {
      id: 'r1',
      value: { step: 2 },
      createdAt: 10,
      changedAt: 30,
    });
    const all = await everyItem((page) => store.documents('rollout', page), 1);
    assert.deepEqual(
      all.map(({ id }) => id),
      ['r2', 'r1'],
    );
    assert.deepEqual(
      (await store.documentsOf('rollout-node', 'r1')).map(({ value }) => value),
      [{ node: 'n1' }, { node: 'n2' }],
    );
    await store.putDocuments([{ kind: 'fleet-plan', id: 'r1', value: {} }], 30);
    assert.equal(await store.deleteDocument('fleet-plan', 'r1'), true);
    assert.equal((await store.documentsOf('rollout-node', 'r1')).length, 2, 'those of another kind stay');
    assert.equal(await store.deleteDocument('rollout', 'r1'), true);
    assert.equal(await store.deleteDocument('rollout', 'r1'), false);
    assert.deepEqual(await store.documentsOf('rollout-node', 'r1'), []);
    assert.deepEqual((await store.document('verdict-list', 'r1'))?.value, []);
  });

  contract('the audit log has no gaps, and says which results it tells', async (store) => {
    assert.equal(await store.lastAudit(), undefined);
    await store.putCommands([command]);
    const commandResult = { commandId: 'c1', outcome: 'done', message: 'pong' } as const;
    await store.putEvents('node-a', 'e', [event(1, { commandResult })], 60);
    await store.putAudit([link(1), link(2)], ['c1']);
    assert.deepEqual(await store.unauditedResults(9), []);
    assert.deepEqual({ ...(await store.lastAudit()) }, link(2));
    await assert.rejects(store.putAudit([link(3), link(5)], []), { name: 'StoreError', code: 'invalid' });
    await assert.rejects(store.putAudit([link(2)], []), { name: 'StoreError', code: 'invalid' });
    await store.putAudit([link(3)], []);
    const read = await store.audit(2, 9);
    assert.deepEqual(
      read.map((one) => ({ ...one })),
      [link(2), link(3)],
    );
    assert.equal((await store.audit(1, 1)).length, 1);
  });

  contract('pruning forgets old receipts and plans, and never a list or the audit log', async (store) => {
    const day = 1000;
    const keep = {
      historyMs: day,
      historyRows: 9,
      eventMs: 1e9,
      nodeMs: 1e9,
      contentMs: 1e9,
    };
    await store.putEvents('node-a', 'e', [event(1, { receipt: run })], 10);
    await store.putDocuments(
      [
        { kind: 'fleet-plan', id: 'p', value: {} },
        { kind: 'plan-node', id: 'p/n', parent: 'p', value: {} },
        { kind: 'verdict-list', id: 'v', value: [] },
      ],
      10,
    );
    await store.putAudit([link(1), link(2), link(3)], []);
    assert.equal((await store.prune(keep, 20)).orders, 0);
    assert.equal((await store.prune(keep, 2000)).orders, 2);
    assert.deepEqual((await store.receipts({}, first)).items, []);
    assert.deepEqual(await store.documentsOf('plan-node', 'p'), []);
    assert.equal((await store.document('verdict-list', 'v'))?.id, 'v');
    assert.equal((await store.audit(0, 9)).length, 3);
    await store.removeAudit(1);
    assert.deepEqual(
      (await store.audit(0, 9)).map(({ sequence }) => sequence),
      [2, 3],
    );
  });
}
