import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CommandCredit } from '../../../../agent/uplink/command-credit.ts';
import type { Wire } from '../../../../agent/uplink/wire.ts';
import { DEFAULT_LIMITS } from '../../../../proto/codec/limits.ts';

interface Session {
  /** Credit given back, message by message. */
  readonly given: number[];
  readonly end: () => Promise<void>;
}

function session(credit: CommandCredit, offered?: number): Session {
  const over = new AbortController();
  const given: number[] = [];
  const wire: Wire = {
    send: async ({ commandCredit }) => void given.push(commandCredit?.commands ?? 0),
    limits: DEFAULT_LIMITS,
    responseMs: 1000,
    restMs: () => 0,
    signal: over.signal,
  };
  credit.open(offered);
  const running = credit.run(wire);
  running.catch(() => undefined);
  return {
    given,
    end: async () => {
      over.abort();
      await assert.rejects(running, { code: 'ended' });
    },
  };
}

function unhurried(room = 1_000): CommandCredit {
  return new CommandCredit({ room: () => room, roomIn: () => 1 });
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('credit comes back as commands are answered, and not before', async () => {
  const credit = unhurried();
  const offered = credit.offered();
  assert.equal(offered, 16);
  const { given, end } = session(credit, offered);
  for (let count = 0; count < 16; count += 1) assert.equal(credit.taken(), 'within');
  assert.equal(credit.taken(), 'beyond');
  await settled();
  assert.deepEqual(given, []);
  credit.answered();
  await settled();
  assert.deepEqual(given, [], 'the one beyond the credit had none to give back');
  credit.answered();
  credit.answered();
  await settled();
  assert.deepEqual(given, [2]);
  await end();
});

test('what is not answered counts in the next session too, of which it is no part', async () => {
  const credit = unhurried();
  const first = session(credit, credit.offered());
  for (let count = 0; count < 10; count += 1) credit.taken();
  await first.end();
  const offered = credit.offered();
  assert.equal(offered, 6);
  const { given, end } = session(credit, offered);
  credit.answered();
  await settled();
  assert.deepEqual(given, [1]);
  await end();
});

test('a hello gives credit for one command at least, for none means any number', () => {
  const credit = unhurried();
  for (let count = 0; count < 20; count += 1) credit.taken();
  assert.equal(credit.offered(), 1);
  assert.equal(unhurried(-5).offered(), 1);
});

test('a collector that does not count is given nothing back', async () => {
  const credit = unhurried();
  const { given, end } = session(credit);
  for (let count = 0; count < 100; count += 1) assert.equal(credit.taken(), 'uncounted');
  for (let count = 0; count < 100; count += 1) credit.answered();
  await settled();
  assert.deepEqual(given, []);
  await end();
});

test('no credit is given beyond what the gate would let through, and more once it would', async () => {
  let room = 2;
  const credit = new CommandCredit({ room: () => room, roomIn: () => 1 });
  const offered = credit.offered();
  assert.equal(offered, 2);
  const { given, end } = session(credit, offered);
  credit.taken();
  room = 1;
  credit.answered();
  await settled();
  assert.deepEqual(given, []);
  room = 3;
  while (given.length === 0) await settled();
  assert.deepEqual(given, [2]);
  await end();
});

test('whatever comes in whatever order, the collector never has more than there is a place for', async () => {
  const steps = fc.array(fc.constantFrom('take', 'answer', 'settle'), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(steps, async (turns) => {
      const credit = unhurried();
      const offered = credit.offered();
      const { given, end } = session(credit, offered);
      let within = 0;
      let open = 0;
      for (const turn of turns) {
        if (turn === 'take') {
          if (credit.taken() === 'within') within += 1;
          open += 1;
        } else if (turn === 'answer' && open > 0) {
          credit.answered();
          open -= 1;
        } else await settled();
        const left = given.reduce((sum, commands) => sum + commands, offered) - within;
        assert.ok(open > 16 || left + open <= 16, `${left} and ${open}`);
      }
      for (; open > 0; open -= 1) credit.answered();
      await settled();
      const left = given.reduce((sum, commands) => sum + commands, offered) - within;
      assert.equal(left, 16, 'all of it comes back');
      await end();
    }),
    { numRuns: 100 },
  );
});
