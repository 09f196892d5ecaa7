import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditLog } from '../../collector/cleanup/audit-log.ts';
import { CommandDesk } from '../../collector/cleanup/command-desk.ts';
import { openPostgresStore } from '../../collector/store/postgres/postgres-store.ts';
import type { Store } from '../../collector/store/store.ts';
import type { StateItem } from '../../core/inventory.ts';
import { encodeCommand, type Command } from '../../proto/codec/command.ts';
import { faultBench, type CollectorProgram, type FaultBench } from '../support/fault-programs.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { hostItem, MemoryOutbox, sessionBench, type SessionBench } from '../support/session-bench.ts';

interface RefusalAnswer {
  readonly reason: string;
  readonly message: string;
}

interface NodeAnswer {
  readonly node: string;
  readonly status: 'connected' | 'disconnected';
  readonly host?: { readonly hostname: string };
}

const NODES = ['moving', 'orphan', 'twin', 'ordered', 'in-order', 'slow', 'waiting'];
/** A lease, a beat and a busy machine. */
const PATIENCE_MS = 120_000;

suite('several collectors over one PostgreSQL', { skip: needsPostgres() }, () => {
  let server: PostgresServer;
  let url: string;
  let bench: SessionBench;
  let programs: FaultBench;
  /** In processes of their own, a and b. */
  let a: CollectorProgram;
  let b: CollectorProgram;

  before(async () => {
    server = await startPostgres();
    url = await server.database();
    bench = await sessionBench(NODES);
    programs = await faultBench();
    a = await collector('a');
    b = await collector('b');
  });
  after(async () => {
    await bench.stop();
    await programs.stop();
    await server.remove();
  });

  function collector(name: string): Promise<CollectorProgram> {
    const tls = ['--tls-ca', join(bench.dir, 'ca.crt'), '--tls-cert', join(bench.dir, 'collector.crt')];
    return programs.collector(name, ['--store', url, ...tls, '--tls-key', join(bench.dir, 'collector.key')]);
  }

  async function nodeOf({ api }: CollectorProgram, node: string): Promise<NodeAnswer | undefined> {
    const { items } = await api.get<{ items: readonly NodeAnswer[] }>('nodes');
    return items.find((one) => one.node === node);
  }

  async function holds(at: CollectorProgram, node: string, hostname: string): Promise<boolean> {
    const found = await nodeOf(at, node);
    return found?.status === 'connected' && found.host?.hostname === hostname;
  }

  async function withStore(run: (store: Store) => Promise<void>): Promise<void> {
    const store = await openPostgresStore({
      url,
      replica: randomUUID(),
      clock: Date.now,
      onProblem: () => undefined,
    });
    try {
      await run(store);
    } finally {
      await store.close();
    }
  }

  function ping(id: string, node: string): Command {
    const issuedAt = Date.now();
    return { id, node, issuer: 'tester', issuedAt, expiresAt: issuedAt + 60_000, action: { kind: 'ping' } };
  }

  async function put(store: Store, command: Command): Promise<void> {
    const { id, node, issuer, action, issuedAt, expiresAt } = command;
    const payload = encodeCommand(command);
    await store.putCommands([{ id, node, issuer, action: action.kind, issuedAt, expiresAt, payload }]);
  }

  test('any collector answers for a node, and its agent goes on at another one', async () => {
    const node = 'moving';
    const outbox = new MemoryOutbox();
    outbox.add({ kind: 'loss', reason: 'first', count: 1, firstNumber: 1, lastNumber: 1 });
    const agent = bench.agent(a.grpcPort, { node, outbox });
    agent.setState([hostItem({ hostname: 'at a' })]);
    agent.start();
    for (const one of [a, b]) await eventually('both know the node', () => holds(one, node, 'at a'));
    await eventually('its event is stored', () => outbox.count() === 0);
    await a.end('SIGKILL');
    await agent.close(0);

    outbox.add({ kind: 'loss', reason: 'second', count: 1, firstNumber: 1, lastNumber: 1 });
    const moved = bench.agent(b.grpcPort, { node, outbox });
    moved.setState([hostItem({ hostname: 'at b' })]);
    moved.start();
    await eventually('it goes on at the other', () => holds(b, node, 'at b'));
    await eventually('its next event is stored', () => outbox.count() === 0);
    await a.start();
    await eventually('the first is back', () => isReady(a));
    assert.ok(await holds(a, node, 'at b'));
  });

  test('the sessions of a collector that died end when its lease has lapsed', async () => {
    const agent = bench.agent(a.grpcPort, { node: 'orphan' });
    agent.setState([hostItem({ hostname: 'orphan' })]);
    agent.start();
    await eventually('it is connected', () => holds(b, 'orphan', 'orphan'));
    await a.end('SIGKILL');
    await agent.close(0);
    await eventually('it is not', async () => (await nodeOf(b, 'orphan'))?.status === 'disconnected');
    await a.start();
    await eventually('it is back', () => isReady(a));
  });

  test('two agents of one name are found out, wherever they connect', async () => {
    const first = bench.agent(a.grpcPort, { node: 'twin' });
    first.setState([hostItem({ hostname: 'first' })]);
    first.start();
    await eventually('the first is connected', () => holds(a, 'twin', 'first'));
    const outbox = new MemoryOutbox('epoch-2');
    const second = bench.agent(b.grpcPort, { node: 'twin', instance: 'instance-2', outbox });
    second.setState([hostItem({ hostname: 'second' })]);
    second.start();
    await eventually('the second is refused', async () => {
      const { items } = await a.api.get<{ items: readonly RefusalAnswer[] }>('refusals');
      return items.some((one) => one.reason === 'duplicate' && one.message.includes('another collector'));
    });
    assert.ok(await holds(b, 'twin', 'first'));
    await second.close(0);
  });

  test('a command put at one collector reaches an agent at another, once', async () => {
    const delivered: string[] = [];
    const agent = bench.agent(b.grpcPort, {
      node: 'ordered',
      onCommand: (delivery) => void delivered.push(delivery.command.id),
    });
    agent.setState([hostItem({ hostname: 'ordered' })]);
    agent.start();
    await eventually('it is connected', () => holds(a, 'ordered', 'ordered'));
    await withStore(async (store) => {
      await put(store, ping('c1', 'ordered'));
      await eventually('it came', () => delivered.length > 0);
      const sent = async () => (await store.command('c1', Date.now()))?.state === 'sent';
      await eventually('it is said to be sent', sent);
      await put(store, ping('c2', 'ordered'));
      await eventually('the next came', () => delivered.length > 1);
    });
    assert.deepEqual(delivered, ['c1', 'c2']);
  });

  test('commands issued at two collectors reach an agent in the order of issue, whatever their clocks and ids say', async () => {
    const delivered: string[] = [];
    await withStore(async (there) => {
      await withStore(async (here) => {
        // Word of what is put elsewhere comes late, or never.
        const deaf = new Proxy(here, {
          get: (target, name) => (name === 'watchCommands' ? () => undefined : bound(target, name)),
        });
        const { ingest, port } = await bench.collect({ store: deaf });
        const desk = new CommandDesk({
          store: here,
          audit: new AuditLog(here),
          deliver: (node) => ingest.deliver(node),
          clock: Date.now,
        });
        const agent = bench.agent(port, {
          node: 'in-order',
          onCommand: ({ command }) => void delivered.push(command.id),
        });
        agent.start();
        await eventually('it is connected', () => ingest.sessions().length === 1);
        const [first, second] = [ping('z', 'in-order'), ping('a', 'in-order')];
        await put(there, { ...first, issuedAt: first.issuedAt + 30_000 });
        await desk.issue([second]);
        await eventually('both came', () => delivered.length === 2);
        await agent.close(0);
        await ingest.close();
      });
    });
    assert.deepEqual(delivered, ['z', 'a']);
  });

  test('commands put at one collector wait until an agent at another takes them, each once', async () => {
    const outbox = new MemoryOutbox();
    const delivered: string[] = [];
    const waiting: (() => void)[] = [];
    const agent = bench.agent(b.grpcPort, {
      node: 'slow',
      outbox,
      async onCommand({ command: { id } }) {
        delivered.push(id);
        await new Promise<void>((resolve) => waiting.push(resolve));
        outbox.add({ kind: 'command-result', commandId: id, outcome: 'done', message: 'It is done.' });
        agent.notifyEvents();
      },
    });
    agent.setState([hostItem({ hostname: 'slow' })]);
    agent.start();
    await eventually('it is connected', () => holds(a, 'slow', 'slow'));
    const ids = Array.from({ length: 50 }, (_, at) => `slow-${String(at).padStart(2, '0')}`);
    await withStore(async (store) => {
      for (const id of ids) await put(store, ping(id, 'slow'));
      await eventually('it has what it takes', () => delivered.length === 16);
      const states = async (): Promise<string[]> =>
        (await store.commandsNamed(ids, Date.now())).map(({ state }) => state);
      await eventually('those are said to be sent', async () => {
        return (await states()).filter((state) => state === 'sent').length === 16;
      });
      assert.equal((await states()).filter((state) => state === 'waiting').length, 34);
      await eventually('all are done', async () => {
        for (const answer of waiting.splice(0)) answer();
        return (await states()).every((state) => state === 'done');
      });
    });
    assert.deepEqual(delivered.toSorted(byText), ids);
    await agent.close(0);
  });

  test('when PostgreSQL is restarted, collectors and agents go on by themselves', async () => {
    const outbox = new MemoryOutbox();
    const agent = bench.agent(a.grpcPort, { node: 'waiting', outbox });
    agent.setState([hostItem({ hostname: 'before' })]);
    agent.start();
    await eventually('it is connected', () => holds(b, 'waiting', 'before'));
    await server.stop('immediate');
    agent.setState([hostItem({ hostname: 'after' }), processItem(7)]);
    outbox.add({ kind: 'loss', reason: 'meanwhile', count: 1, firstNumber: 1, lastNumber: 1 });
    await eventually('that is noticed', async () => !(await isReady(a)));
    assert.equal(outbox.count(), 1, 'nothing is acknowledged that is not stored');
    await server.start();
    await eventually('the state is stored', () => holds(b, 'waiting', 'after').catch(() => false));
    await eventually('the event is stored', () => outbox.count() === 0);
    for (const one of [a, b]) assert.ok(await isReady(one));
  });

  async function isReady({ httpAddress }: CollectorProgram): Promise<boolean> {
    const response = await fetch(`http://${httpAddress}/readyz`).catch(() => undefined);
    return response?.status === 200;
  }
});

function bound(target: Store, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name);
  return typeof member === 'function' ? member.bind(target) : member;
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1;
}

/** Until the condition holds; fails with `what` when it does not in time. */
async function eventually(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const last = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > last) assert.fail(`not in time: ${what}`);
    await sleep(50);
  }
}

function processItem(pid: number): StateItem {
  return {
    kind: 'process',
    value: {
      bootId: 'boot-1',
      pid,
      parentPid: 1,
      startTicks: 1,
      startedAt: 1,
      command: 'a\0b',
      executable: '/bin/a',
      uid: 0,
      user: 'root',
      attribution: 'host',
    },
  };
}
