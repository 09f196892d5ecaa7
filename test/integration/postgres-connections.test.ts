import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Chores } from '../../collector/store/postgres/chores.ts';
import { CommandListener } from '../../collector/store/postgres/command-listener.ts';
import { COMMAND_CHANNEL, putCommands } from '../../collector/store/postgres/command-rows.ts';
import { connect } from '../../collector/store/postgres/connect.ts';
import { connectDatabase, type Database } from '../../collector/store/postgres/database.ts';
import { Heartbeats } from '../../collector/store/postgres/heartbeats.ts';
import { migrate } from '../../collector/store/postgres/migrate.ts';
import { migrations } from '../../collector/store/postgres/migrations/index.ts';
import { Replica } from '../../collector/store/postgres/replica.ts';
import { alone } from '../../collector/store/postgres/works.ts';
import { withDeadline } from '../../platform/deadline.ts';
import { needsPostgres, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const BACKEND = 'SELECT pg_backend_pid()';

suite('connections to PostgreSQL', { skip: needsPostgres() }, () => {
  let server: PostgresServer;
  let url: string;
  let database: Database;
  /** Of another who ends them. */
  let other: Database;

  before(async () => {
    server = await startPostgres();
    url = await server.database();
    database = connectDatabase({ url, most: 2 });
    other = connectDatabase({ url, most: 1 });
    await database.run('CREATE TABLE things (name text PRIMARY KEY)');
    await database.run('CREATE TABLE works (name text PRIMARY KEY, holder text NOT NULL)');
    await database.run('CREATE TABLE replicas (id text PRIMARY KEY, lapses_at timestamptz NOT NULL)');
  });
  after(async () => {
    await database.close(0);
    await other.close(0);
    await server.remove();
  });

  async function terminate(backend: number): Promise<void> {
    await other.run('SELECT pg_terminate_backend($1, 60000)', backend);
    await sleep(50);
  }

  function things(): Promise<readonly { readonly name: string }[]> {
    return other.all<{ readonly name: string }>('SELECT name FROM things');
  }

  test('what a transaction began on a connection that broke goes on over no other', async () => {
    for (let time = 0; time < 4; time += 1) {
      const work = database.transaction(async (statements) => {
        await statements.run(`INSERT INTO things VALUES ('first')`);
        await terminate(await statements.number(BACKEND));
        await statements.run(`INSERT INTO things VALUES ('second')`);
      });
      await assert.rejects(work);
    }
    assert.deepEqual(await things(), []);
    assert.equal(await database.number('SELECT 7'), 7);
  });

  test('a statement under way is given up when its connection breaks, and the next one has another', async () => {
    const work = database.transaction(async (statements) => {
      const backend = await statements.number(BACKEND);
      await Promise.all([statements.run('SELECT pg_sleep(10)'), terminate(backend)]);
    });
    await assert.rejects(work);
    assert.equal(await database.number('SELECT 7'), 7);
  });

  test('a transaction in which a statement failed commits nothing, though nobody heard of it', async () => {
    const work = database.transaction(async (statements) => {
      await statements.run(`INSERT INTO things VALUES ('kept')`);
      await assert.rejects(statements.run('SELECT 1 / 0'));
    });
    await assert.rejects(work, { name: 'StoreError', code: 'failed' });
    assert.deepEqual(await things(), []);
  });

  test('work for one that loses its lock or fails leaves it to the next', async () => {
    const as = (run: () => Promise<unknown>): Promise<unknown> =>
      alone(database, 'this-collector', { work: 'w', turn: 'take' }, run);
    const holders = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2`;
    await assert.rejects(as(async () => terminate(await other.number(holders))));
    await assert.rejects(
      as(() => Promise.reject(new Error('the work fails'))),
      /the work fails/,
    );
    assert.equal(await as(() => Promise.resolve('done')), 'done');
    assert.deepEqual(await other.all(holders), []);
  });

  test('what people wait for comes before what nodes bring', async () => {
    const order: string[] = [];
    const brought = database.waitingAs({ lane: 'later' });
    const running = [1, 2].map(() => database.run('SELECT pg_sleep(0.3)'));
    const later = ['a', 'b'].map(async (name) => {
      await brought.run('SELECT pg_sleep(0.1)');
      order.push(name);
    });
    assert.equal(database.waiting('later'), 2);
    const first = ['c', 'd'].map(async (name) => {
      await database.run('SELECT pg_sleep(0.1)');
      order.push(name);
    });
    await Promise.all([...running, ...later, ...first]);
    assert.deepEqual(order.slice(0, 2).toSorted(), ['c', 'd']);
    assert.equal(database.waiting('later'), 0);
  });

  test('work that nobody waits for any more is not begun', async () => {
    const late = new AbortController();
    const running = [1, 2].map(() => database.run('SELECT pg_sleep(0.3)'));
    const given = database.waitingAs({ lane: 'later', signal: late.signal });
    const work = given.run(`INSERT INTO things VALUES ('too late')`);
    late.abort(new Error('nobody waits'));
    await assert.rejects(work, /nobody waits/);
    await assert.rejects(given.number('SELECT 7'), /nobody waits/);
    await Promise.all(running);
    assert.deepEqual(await things(), []);
  });

  test('what nobody waits for any more is not committed', async () => {
    const late = new AbortController();
    const work = database
      .waitingAs({ lane: 'first', signal: late.signal })
      .transaction(async (statements) => {
        await statements.run(`INSERT INTO things VALUES ('too late')`);
        late.abort(new Error('nobody waits'));
      });
    await assert.rejects(work, /nobody waits/);
    assert.deepEqual(await things(), []);
  });

  test('who waits for a connection at whose other end nobody is gets another in time', async () => {
    const wire = await startTcpProxy(server.port);
    const through = url.replace(`:${server.port}/`, `:${wire.port}/`);
    const hurried = connectDatabase({ url: through, most: 2, answerMs: 3_000 });
    try {
      await Promise.all([1, 2].map(() => hurried.run('SELECT pg_sleep(0.2)')));
      wire.abandon(60_000);
      for (let time = 0; time < 2; time += 1)
        await assert.rejects(hurried.number('SELECT 7'), { code: 'deadline' });
      assert.equal(await hurried.number('SELECT 7'), 7);
    } finally {
      await hurried.close(0);
      await wire.close();
    }
  });

  test('a collector that asked to listen and gets no answer gives up in time, and listens anew', async () => {
    const wire = await startTcpProxy(server.port);
    const heard: string[] = [];
    const through = url.replace(`:${server.port}/`, `:${wire.port}/`);
    const listener = new CommandListener(
      () => connect(through),
      'this-collector',
      (node) => heard.push(node),
      1_000,
    );
    try {
      await assert.rejects(
        inVain(wire, () => listener.keepUp()),
        { code: 'deadline' },
      );
      await listener.keepUp();
      await other.run(`SELECT pg_notify('${COMMAND_CHANNEL}', 'node-1')`);
      while (heard.length === 0) await sleep(10);
      assert.deepEqual(heard, ['node-1']);
    } finally {
      await listener.close();
      await wire.close();
    }
  });

  test('while it listens in vain, a collector lives, hands on commands, and can be closed', async () => {
    const wire = await startTcpProxy(server.port);
    const its = connectDatabase({ url: await server.database(), most: 2 });
    const through = url.replace(`:${server.port}/`, `:${wire.port}/`);
    const listener = new CommandListener(
      () => connect(through),
      'this-collector',
      () => undefined,
    );
    const replica = new Replica(its, 'this-collector');
    const handedOn: string[] = [];
    try {
      await migrate(its, migrations);
      const command = { id: 'c', node: 'node-1', payload: new Uint8Array(), issuer: 'anna', action: 'ping' };
      await putCommands(its, [{ ...command, issuedAt: 1, expiresAt: 100 }]);
      replica.has('node-1');
      const chores = new Chores({
        ...{ database: its, replica, listener, clock: () => 50 },
        heartbeats: new Heartbeats(its, 'this-collector'),
        onCommand: (node) => void handedOn.push(node),
        onProblem: (error) => assert.fail(error),
      });
      await withDeadline(
        inVain(wire, () => chores.beat()),
        10_000,
        'a beat',
      );
      assert.deepEqual(handedOn, ['node-1']);
      await withDeadline(chores.stop(), 10_000, 'the end');
    } finally {
      await its.close(0);
      await wire.close();
    }
  });
});

/** Does what listens, and at the other end of the wire nobody is any more when it is asked for that. */
async function inVain(wire: TcpProxy, listens: () => Promise<void>): Promise<void> {
  wire.delay(50);
  const done = listens();
  // It has been let in; what it asks for next is on its way.
  while (wire.down === 0) await sleep(5);
  wire.abandon(60_000);
  wire.delay(0);
  await done;
}
