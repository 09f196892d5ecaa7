import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CleanupError } from '../../agent/cleanup/cleanup-error.ts';
import { AuditLog as NodeAuditLog } from '../../agent/state/audit-log.ts';
import { systemClock } from '../../agent/state/clock.ts';
import { CommandRunner } from '../../agent/tasks/commands.ts';
import { EventLog, numberedOutbox } from '../../agent/tasks/event-log.ts';
import type { CommandDelivery } from '../../agent/uplink/uplink.ts';
import { AuditLog } from '../../collector/cleanup/audit-log.ts';
import { CommandDesk } from '../../collector/cleanup/command-desk.ts';
import type { CommandView } from '../../collector/store/fleet-orders.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { SerialQueue } from '../../platform/serial-queue.ts';
import type { Command, CommandAction } from '../../proto/codec/command.ts';
import { releasedCollector, releasedProtocol } from '../support/released-peer.ts';
import { hello, rawSession } from '../support/raw-session.ts';
import { BEAT_MS, MemoryOutbox, sessionBench, until, type SessionBench } from '../support/session-bench.ts';
import { temporaryFolder, testState } from '../support/state.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** What an agent takes ahead of results. */
const AHEAD = 16;
/** What the time brings: one that is taken every five seconds, and each time the word that the next one is too many. */
const TAKEN_A_SECOND = 0.4;

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

function idsUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `c${String(at).padStart(4, '0')}`);
}

function command(id: string, action: CommandAction = { kind: 'ping' }): Command {
  const issuedAt = Date.now();
  return { id, node: 'node-1', issuer: 'operator', issuedAt, expiresAt: issuedAt + 600_000, action };
}

/** A collector on a store of its own, and the desk that orders through it. */
async function collector(beatIntervalMs = BEAT_MS) {
  const folder = join(bench.dir, 'store');
  mkdirSync(folder);
  const store = openSqliteStore(folder, (error) => {
    throw error;
  });
  bench.onStop(() => store.close());
  const { ingest, port } = await bench.collect({ store, beatIntervalMs });
  const desk = new CommandDesk({
    store,
    audit: new AuditLog(store),
    deliver: (node) => ingest.deliver(node),
    clock: Date.now,
  });
  return { store, ingest, port, desk };
}

async function viewsOf(store: Store, ids: readonly string[]): Promise<ReadonlyMap<string, CommandView>> {
  const views = await store.commandsNamed(ids, Date.now());
  return new Map(views.map((view) => [view.id, view]));
}

/** Carries out one command after the other, with a rest in between. */
function slowNode(outbox: MemoryOutbox, restMs: number, notify: () => void) {
  const queue = new SerialQueue(10_000);
  const done: string[] = [];
  const refused: string[] = [];
  let open = 0;
  let most = 0;
  return {
    done,
    refused,
    most: () => most,
    async onCommand(delivery: CommandDelivery): Promise<void> {
      const { id } = delivery.command;
      open += 1;
      most = Math.max(most, open);
      await queue.run(async () => {
        if (restMs > 0) await sleep(restMs);
        const outcome = delivery.verdict === 'execute' ? 'done' : delivery.verdict;
        (outcome === 'done' ? done : refused).push(id);
        outbox.add({ kind: 'command-result', commandId: id, outcome, message: 'It is so.' });
        open -= 1;
        notify();
      });
    },
  };
}

function sessionsOf(log: readonly Record<string, unknown>[]): number {
  return log.filter((line) => line['message'] === 'agent connected').length;
}

test('1,000 commands for a slow node are each carried out once, in order, a few at a time, in one session', async () => {
  const { store, ingest, port, desk } = await collector();
  const outbox = new MemoryOutbox();
  const node = slowNode(outbox, 1, () => uplink.notifyEvents());
  const uplink = bench.agent(port, { outbox, onCommand: (delivery) => node.onCommand(delivery) });
  const ids = idsUpTo(1_000);
  await desk.issue(ids.slice(0, 300).map((id) => command(id)));
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  await until('it has as many as it takes', () => node.done.length > AHEAD);
  const early = await viewsOf(store, ids.slice(290, 300));
  for (const { state } of early.values())
    assert.equal(state, 'waiting', 'what is not handed over is not said to be');
  for (let at = 300; at < ids.length; at += 100)
    await desk.issue(ids.slice(at, at + 100).map((id) => command(id)));
  for (const count of [250, 500, 750, 1_000])
    await until(`${count} are done`, () => node.done.length >= count);
  await until(
    'all have results',
    async () => (await store.pendingCommands('node-1', Date.now())).length === 0,
  );
  assert.deepEqual(node.done, ids);
  assert.deepEqual(node.refused, []);
  assert.ok(node.most() <= AHEAD, `${node.most()} at once`);
  assert.equal(sessionsOf(bench.log), 1);
  for (const { state } of (await viewsOf(store, ids)).values()) assert.equal(state, 'done');
});

test('over renewed sessions too, each is carried out once and none is refused', async () => {
  const { store, port, desk } = await collector();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const outbox = new MemoryOutbox();
  const node = slowNode(outbox, 2, () => uplink.notifyEvents());
  const uplink = bench.agent(proxy.port, { outbox, onCommand: (delivery) => node.onCommand(delivery) });
  uplink.start();
  const ids = idsUpTo(200);
  await desk.issue(ids.map((id) => command(id)));
  for (let cuts = 1; cuts <= 4; cuts += 1) {
    await until('some are done', () => node.done.length >= 30 * cuts);
    proxy.cut();
  }
  await until(
    'all have results',
    async () => (await store.pendingCommands('node-1', Date.now())).length === 0,
  );
  assert.deepEqual(
    node.done.toSorted((one, other) => (one < other ? -1 : 1)),
    ids,
  );
  assert.deepEqual(node.refused, []);
  assert.ok(node.most() <= AHEAD + 1, `${node.most()} at once`);
  assert.ok(sessionsOf(bench.log) > 1);
});

test('cleanup that takes long makes commands wait at the collector, and none is told that the agent is busy', async (context) => {
  const { store, port, desk } = await collector();
  const folder = temporaryFolder(context);
  const state = testState(context, folder, { clock: systemClock() });
  const audit = new NodeAuditLog(folder, { now: Date.now });
  context.after(() => audit.close());
  const events = new EventLog(state.outbox, Date.now, () => uplink.notifyEvents());
  const ended = new AbortController();
  context.after(() => ended.abort());
  const no = (): never => assert.fail('nothing of the kind was ordered');
  const runner = new CommandRunner(
    {
      store: state.commands,
      events: { add: (body) => events.add(body), waits: (number) => state.outbox.waits(number) },
      audit,
      cleanup: {
        async plan() {
          await sleep(1);
          throw new CleanupError('failed', 'The disk is slow.');
        },
        apply: no,
        undo: no,
        receipt: no,
        settle: async () => undefined,
        runOf: () => undefined,
        announce: () => undefined,
      },
      scan: no,
      now: Date.now,
      logger: bench.logger,
    },
    ended.signal,
  );
  const uplink = bench.agent(port, {
    outbox: numberedOutbox(state.outbox, { restored: no, noRoom: no }),
    onCommand: (delivery) => runner.take(delivery),
  });
  uplink.start();
  const ids = idsUpTo(60);
  await desk.issue(ids.map((id) => command(id, { kind: 'plan-cleanup', policy: Buffer.from('{}') })));
  await until(
    'all have results',
    async () => (await store.pendingCommands('node-1', Date.now())).length === 0,
  );
  await runner.close();
  await uplink.close(1_000);
  const messages = new Set([...(await viewsOf(store, ids)).values()].map(({ message }) => message));
  assert.deepEqual([...messages], ['The disk is slow.']);
});

test('a collector that ignores credit gets refusals, then nothing, and the node does not fill up', async () => {
  const welcome = {
    welcome: { protocolMinor: 1, beatIntervalMs: 100, credit: { contentBytes: 1 << 22, contentItems: 16 } },
  };
  const hostile = await releasedCollector(releasedProtocol(), [welcome]);
  bench.onStop(async () => hostile.stop());
  const outbox = new MemoryOutbox();
  const executed = new Set<string>();
  const refused = new Set<string>();
  const ended = Promise.withResolvers<void>();
  const uplink = bench.agent(hostile.port, {
    tls: { kind: 'insecure' },
    outbox,
    async onCommand({ command: { id }, verdict }) {
      (verdict === 'execute' ? executed : refused).add(id);
      if (verdict === 'execute') await ended.promise;
    },
  });
  uplink.start();
  await until('it is connected', () => hostile.received.includes('hello'));
  const expiresAt = Date.now() + 600_000;
  const begin = performance.now();
  for (const id of idsUpTo(3_000)) hostile.send({ command: { id, node: 'node-1', expiresAt, ping: {} } });
  const drops = (): unknown[] => bench.log.filter((line) => line['message'] === 'commands dropped');
  await until('some are dropped', () => drops().length > 0);
  const beats = hostile.received.length;
  await until('the agent lives', () => hostile.received.length > beats + 3);
  assert.deepEqual([...executed], idsUpTo(AHEAD));
  // As many as may come at once, and the word that they are too many.
  const most = 1_000 - AHEAD + 2 + TAKEN_A_SECOND * ((performance.now() - begin) / 1000);
  assert.ok(refused.size <= most, `${refused.size}`);
  assert.ok(refused.size >= 1_000 - AHEAD);
  assert.equal(drops().length, 1, 'said once a minute');
  ended.resolve();
});

test('credit without measure is bounded at the collector', async () => {
  // The session by hand sends no beats.
  const { port, store } = await collector(60_000);
  const ids = idsUpTo(1_200);
  const records = ids.map((id) => ({
    ...command(id),
    action: 'ping',
    payload: new Uint8Array([0x0a, 0x00]),
  }));
  await store.putCommands(records);
  const session = await rawSession(port, bench.tls('node-1'));
  bench.onStop(async () => session.close());
  await session.send(hello({ protocolMinor: 1, commandCredit: 2 ** 32 - 1 }));
  assert.equal((await session.next())?.message, 'welcome');
  const sent = async (): Promise<number> =>
    [...(await viewsOf(store, ids)).values()].filter(({ state }) => state === 'sent').length;
  for (let count = 0; count < 1_000; count += 1) assert.equal((await session.next())?.message, 'command');
  await until('they are said to be sent', async () => (await sent()) === 1_000);
  await session.send({ commandCredit: { commands: 2 ** 32 - 1 } });
  await session.send({ commandCredit: { commands: 2 ** 32 - 1 } });
  await until('the others are sent too', async () => (await sent()) === 1_200);
});
