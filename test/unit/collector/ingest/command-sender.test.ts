import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CommandSender } from '../../../../collector/ingest/command-sender.ts';
import { encodeCommand } from '../../../../proto/codec/command.ts';
import type { Response } from '../../../../proto/codec/session.ts';
import { MemoryIngestStore } from '../../../support/memory-ingest-store.ts';

interface Bench {
  readonly store: MemoryIngestStore;
  readonly sender: CommandSender;
  /** IDs of the commands handed over, in order. */
  readonly handed: string[];
  /** Puts a command into the store. */
  readonly put: (id: string) => void;
  /** Its result is stored. */
  readonly finish: (id: string) => void;
}

function bench(credit: number): Bench {
  const store = new MemoryIngestStore();
  const { commands } = store.node('node-1');
  const handed: string[] = [];
  const sender = new CommandSender({
    node: 'node-1',
    store,
    credit,
    clock: () => 1000,
    channel: { send: async ({ command }: Response) => void handed.push(command?.id ?? '') },
  });
  return {
    store,
    sender,
    handed,
    put: (id) => {
      const payload = encodeCommand({
        id,
        issuer: 'i',
        issuedAt: 0,
        expiresAt: 2000,
        node: 'node-1',
        action: { kind: 'ping' },
      });
      commands.push({ id, payload, expiresAt: 2000 });
    },
    finish: (id) => {
      const at = commands.findIndex((command) => command.id === id);
      commands.splice(at, 1);
      sender.stored({ events: [{ number: 1, commandResult: { commandId: id } }] });
    },
  };
}

test('no more is handed over than there is credit for, and the rest waits unsent', async () => {
  const { store, sender, handed, put } = bench(3);
  for (const id of ['a', 'b', 'c', 'd', 'e']) put(id);
  await sender.handOver();
  assert.deepEqual(handed, ['a', 'b', 'c']);
  assert.deepEqual(store.sent, ['a', 'b', 'c']);
  put('f');
  await sender.handOver();
  assert.deepEqual(handed, ['a', 'b', 'c'], 'those before it go first');
  sender.add(2);
  await sender.catchUp();
  assert.deepEqual(handed, ['a', 'b', 'c', 'd', 'e']);
  sender.add(2);
  await sender.catchUp();
  assert.deepEqual(handed, ['a', 'b', 'c', 'd', 'e', 'f']);
  assert.deepEqual(store.sent, ['a', 'b', 'c', 'd', 'e', 'f']);
});

test('what is put while the store is read is not forgotten', async () => {
  const { sender, handed, put } = bench(10);
  put('a');
  const handing = sender.handOver();
  put('b');
  await Promise.all([handing, sender.handOver()]);
  put('c');
  await Promise.all([sender.handOver(), sender.handOver()]);
  assert.deepEqual(handed, ['a', 'b', 'c']);
});

test('what was put elsewhere and nobody told of here goes before what is put here', async () => {
  const { sender, handed, put } = bench(10);
  await sender.handOver();
  put('elsewhere');
  put('here');
  await sender.handOver();
  assert.deepEqual(handed, ['elsewhere', 'here']);
});

test('after the store failed, what waits still goes', async () => {
  const { store, sender, handed, put } = bench(10);
  put('a');
  store.failure = new Error('no store');
  await assert.rejects(sender.handOver(), /no store/);
  store.failure = undefined;
  put('b');
  await sender.catchUp();
  assert.deepEqual(handed, ['a', 'b']);
});

test('an agent that does not count is handed all that waits', async () => {
  const { store, sender, handed, put } = bench(0);
  const ids = Array.from({ length: 1_500 }, (_, at) => `c${at}`);
  for (const id of ids) put(id);
  await sender.handOver();
  assert.deepEqual(handed, ids);
  assert.deepEqual(store.sent, ids);
  sender.add(2 ** 32 - 1);
  put('next');
  await sender.handOver();
  assert.equal(handed.at(-1), 'next');
});

test('credit without measure is taken for 1,000 commands', async () => {
  const { sender, handed, put } = bench(2 ** 32 - 1);
  for (let count = 0; count < 2_500; count += 1) put(`c${count}`);
  await sender.handOver();
  assert.equal(handed.length, 1_000);
  for (let time = 0; time < 3; time += 1) sender.add(2 ** 32 - 1);
  await sender.catchUp();
  assert.equal(handed.length, 2_000);
});

test('each command goes once and in order, however credit, results and orders are mixed', async () => {
  const turns = fc.array(fc.constantFrom('told', 'untold', 'finish', 'add', 'settle'), { maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), turns, async (credit, steps) => {
      const { sender, handed, put, finish } = bench(credit);
      const looking: Promise<void>[] = [];
      let given = credit;
      let made = 0;
      let finished = 0;
      const add = (commands: number): void => {
        given += commands;
        sender.add(commands);
      };
      for (const step of steps) {
        if (step === 'told' || step === 'untold') {
          put(`c${made++}`);
          if (step === 'told') looking.push(sender.handOver());
        } else if (step === 'add') add(1);
        else if (step === 'finish' && finished < handed.length) finish(`c${finished++}`);
        else await new Promise((resolve) => setImmediate(resolve));
        assert.ok(handed.length <= given);
      }
      await Promise.all(looking);
      add(made);
      await sender.handOver();
      assert.deepEqual(
        handed,
        Array.from({ length: made }, (_, at) => `c${at}`),
      );
    }),
    { numRuns: 200 },
  );
});
