import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { CommandDelivery, OutboxEvent } from '../../agent/uplink/uplink.ts';
import { withEventAllowance } from '../../collector/ingest/event-allowance.ts';
import type { Command } from '../../proto/codec/command.ts';
import { decodeEvent } from '../../proto/codec/event.ts';
import { MemoryOutbox, sessionBench, until, type SessionBench } from '../support/session-bench.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

function storedNumbers(epoch = 'epoch-1'): number[] {
  return (bench.store.node('node-1').events.get(epoch) ?? []).map(({ number }) => number);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

function result(commandId: string): Parameters<MemoryOutbox['add']>[0] {
  return { kind: 'command-result', commandId, outcome: 'done', message: 'Done.' };
}

/** Hears no acknowledgement while deaf. */
class DeafOutbox extends MemoryOutbox {
  deaf = true;

  override acknowledge(epoch: string, upTo: number): void {
    if (!this.deaf) super.acknowledge(epoch, upTo);
  }
}

/** Has a bad sector where its second event lies. */
class DamagedOutbox extends MemoryOutbox {
  override pending(...bounds: Parameters<MemoryOutbox['pending']>): OutboxEvent[] {
    const damage = Buffer.from([0xff]);
    return super
      .pending(...bounds)
      .map((event) => (event.number === 2 ? { ...event, payload: damage } : event));
  }
}

function command(id: string, overrides: Partial<Command> = {}): Command {
  const now = Date.now();
  return {
    id,
    issuer: 'operator',
    issuedAt: now,
    expiresAt: now + 60_000,
    node: 'node-1',
    action: { kind: 'ping' },
    ...overrides,
  };
}

test('events are stored in order and then let go', async () => {
  const { port } = await bench.collect();
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(port, { outbox });
  for (let count = 0; count < 600; count += 1) outbox.add(result(`c${count}`));
  uplink.start();
  await until('all are acknowledged', () => outbox.count() === 0);
  assert.deepEqual(storedNumbers(), upTo(600));
  outbox.add({ kind: 'engine-change', engine: 'docker', status: 'degraded', message: 'it is gone' });
  uplink.notifyEvents();
  await until('the new one is acknowledged', () => outbox.count() === 0);
  const last = bench.store.node('node-1').events.get('epoch-1')?.at(-1);
  assert.ok(last);
  assert.equal(last.kind, 'engine-change');
  assert.deepEqual(decodeEvent(last.payload), {
    number: 601,
    time: 1,
    body: { kind: 'engine-change', engine: 'docker', status: 'degraded', message: 'it is gone' },
  });
  const first = bench.store.node('node-1').events.get('epoch-1')?.[0];
  assert.deepEqual(first?.commandResult, { commandId: 'c0', outcome: 'done', message: 'Done.' });
});

test('an event is kept until the collector has stored it', async () => {
  const { port } = await bench.collect();
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(port, { outbox });
  uplink.start();
  await until('it is connected', () => uplink.status().connected);
  const gate = Promise.withResolvers<void>();
  bench.store.gates.set('putEvents', gate.promise);
  outbox.add(result('c1'));
  uplink.notifyEvents();
  await until('the store is asked', () => bench.store.calls.get('putEvents') === 1);
  assert.equal(outbox.count(), 1);
  gate.resolve();
  await until('it is acknowledged', () => outbox.count() === 0);
});

test('29: across cuts at any moment every event, a receipt too, is stored once', async () => {
  const { port } = await bench.collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  const outbox = new MemoryOutbox();
  const uplink = bench.agent(proxy.port, { outbox });
  uplink.start();
  for (let round = 0; round < 12; round += 1) {
    for (let count = 0; count < 100; count += 1) outbox.add(result('x'.repeat(50)));
    // Somewhere between the handshake and the acknowledgement.
    proxy.cutAfter(1500 + round * 700);
    uplink.notifyEvents();
    await until('some are acknowledged', () => outbox.count() <= 300);
  }
  await until('all are acknowledged', () => outbox.count() === 0);
  assert.deepEqual(storedNumbers(), upTo(1200));
  assert.ok(proxy.connections > 3, `${proxy.connections} connections`);
});

test('an acknowledgement that was lost leads to no second copy', async () => {
  const { port } = await bench.collect();
  const outbox = new DeafOutbox();
  const first = bench.agent(port, { outbox });
  for (let count = 0; count < 5; count += 1) outbox.add(result(`c${count}`));
  first.start();
  await until('they are stored', () => storedNumbers().length === 5);
  await first.close(0);
  outbox.deaf = false;
  assert.equal(outbox.count(), 5);
  const second = bench.agent(port, { outbox, instance: 'instance-2' });
  second.start();
  await until('they are let go by the welcome', () => outbox.count() === 0);
  assert.equal(bench.store.calls.get('putEvents'), 1);
  assert.deepEqual(storedNumbers(), upTo(5));
});

test('a new epoch counts anew', async () => {
  const { port } = await bench.collect();
  for (const epoch of ['old', 'new']) {
    const outbox = new MemoryOutbox(epoch);
    outbox.add(result('c1'));
    const uplink = bench.agent(port, { outbox });
    uplink.start();
    await until('it is acknowledged', () => outbox.count() === 0);
    await uplink.close(0);
  }
  assert.deepEqual([storedNumbers('old'), storedNumbers('new')], [[1], [1]]);
});

test('numbers that the outbox had to drop are no hindrance', async () => {
  const { port } = await bench.collect();
  const outbox = new MemoryOutbox();
  for (let count = 0; count < 5; count += 1) outbox.add(result(`c${count}`));
  outbox.drop(2, 4);
  const uplink = bench.agent(port, { outbox });
  uplink.start();
  await until('all are acknowledged', () => outbox.count() === 0);
  assert.deepEqual(storedNumbers(), [1, 3, 5]);
});

test('an event too large or unreadable becomes a loss, and those behind it pass', async () => {
  const { port } = await bench.collect({ limits: { maxMessageBytes: 20_000, creditBytes: 20_000 } });
  const outbox = new DamagedOutbox();
  outbox.add(result('x'.repeat(30_000)));
  outbox.add(result('c2'));
  outbox.add(result('c3'));
  const uplink = bench.agent(port, { outbox });
  uplink.start();
  await until('all are acknowledged', () => outbox.count() === 0);
  const events = bench.store.node('node-1').events.get('epoch-1') ?? [];
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['loss', 'loss', 'command-result'],
  );
  assert.deepEqual(decodeEvent(events[0]?.payload ?? new Uint8Array()).body, {
    kind: 'loss',
    reason: 'it was larger than the collector accepts',
    count: 1,
    firstNumber: 1,
    lastNumber: 1,
  });
});

test('a node that sends more than is kept of one is refused and recorded, and loses nothing', async () => {
  let now = 0;
  const { port } = await bench.collect({ store: withEventAllowance(bench.store, () => now) });
  const outbox = new MemoryOutbox();
  const message = 'x'.repeat(700 * 1024);
  for (let count = 0; count < 40; count += 1)
    outbox.add({ kind: 'command-result', commandId: `c${count}`, outcome: 'done', message });
  const first = bench.agent(port, { outbox });
  first.start();
  await until('it is refused', () => /refused: .*more events/.test(first.status().lastError ?? ''));
  await first.close(0);
  const kept = storedNumbers().length;
  assert.equal(outbox.count(), 40 - kept);
  assert.ok(kept < 35, `${kept} stored`);
  assert.deepEqual(
    bench.store.refusals.map(({ node, reason }) => [node, reason]),
    [['node-1', 'limit']],
  );
  now += 86_400_000;
  const second = bench.agent(port, { outbox, instance: 'instance-2' });
  second.start();
  await until('all are acknowledged', () => outbox.count() === 0);
  assert.deepEqual(storedNumbers(), upTo(40));
});

test('a command reaches its agent once, however often it is ordered', async () => {
  const { ingest, port } = await bench.collect();
  const delivered: CommandDelivery[] = [];
  const uplink = bench.agent(port, { onCommand: (delivery) => void delivered.push(delivery) });
  const scan = command('c1', { action: { kind: 'scan', anew: true } });
  bench.store.put('node-1', scan);
  ingest.deliver('node-1');
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  for (let time = 0; time < 3; time += 1) ingest.deliver('node-1');
  bench.store.put('node-1', command('c2'));
  ingest.deliver('node-1');
  await until('both came', () => delivered.length === 2);
  assert.deepEqual(delivered[0], { command: scan, authority: { issuer: scan.issuer }, verdict: 'execute' });
  assert.equal(delivered[1]?.command.id, 'c2');
});

test('commands that wait in the store come with the session, again after a reconnect, and once to the caller', async () => {
  const { port } = await bench.collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  bench.store.put('node-1', command('c1'));
  const delivered: CommandDelivery[] = [];
  const uplink = bench.agent(proxy.port, { onCommand: (delivery) => void delivered.push(delivery) });
  uplink.start();
  await until('it came', () => delivered.length === 1);
  proxy.cut();
  await until('it is asked for again', () => bench.store.calls.get('pendingCommands') === 2);
  bench.store.put('node-1', command('c2'));
  proxy.cut();
  await until('the other came', () => delivered.length === 2);
  assert.deepEqual(
    delivered.map((one) => one.command.id),
    ['c1', 'c2'],
  );
});

test('a command that could not be taken comes again with the next session', async () => {
  const { port } = await bench.collect();
  const proxy = await startTcpProxy(port);
  bench.onStop(() => proxy.close());
  bench.store.put('node-1', command('c1'));
  let tries = 0;
  const onCommand = async (): Promise<void> => {
    tries += 1;
    if (tries < 3) throw new Error('the disk is full');
  };
  bench.agent(proxy.port, { onCommand }).start();
  for (let time = 1; time <= 4; time += 1) {
    await until('it was sent', () => bench.store.calls.get('pendingCommands') === time);
    await until('it came as often as it was not taken', () => tries === Math.min(time, 3));
    proxy.cut();
  }
});

test('a command for another node, expired, or of a newer collector is not to be executed', async () => {
  const { ingest, port } = await bench.collect();
  const delivered: CommandDelivery[] = [];
  const uplink = bench.agent(port, { onCommand: (delivery) => void delivered.push(delivery) });
  uplink.start();
  await until('it is connected', () => ingest.sessions().length === 1);
  const commands = [
    command('c1', { node: 'node-2' }),
    command('c2', { expiresAt: Date.now() - 1 }),
    command('c3', { action: { kind: 'unknown' } }),
  ];
  for (const one of commands) bench.store.put('node-1', one);
  ingest.deliver('node-1');
  await until('all came', () => delivered.length === 3);
  assert.deepEqual(
    delivered.map(({ verdict }) => verdict),
    ['refused', 'expired', 'refused'],
  );
});
