import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import {
  CommandGate,
  type CommandDrop,
  type CommandGateOptions,
} from '../../../../agent/uplink/command-gate.ts';
import type { Command, CommandAction } from '../../../../proto/codec/command.ts';
import { keyId, signCommand } from '../../../../proto/codec/command-signature.ts';

const DAY = 24 * 3_600_000;

function gate(options: Partial<CommandGateOptions> = {}): CommandGate {
  return new CommandGate({ node: 'node-1', clock: () => 1000, now: () => 0, ...options });
}

function command(overrides: Partial<Command>): Command {
  return {
    id: 'c',
    issuer: 'i',
    issuedAt: 0,
    expiresAt: 1001,
    node: 'node-1',
    action: { kind: 'ping' },
    ...overrides,
  };
}

test('each id passes once', () => {
  const one = gate();
  assert.equal(one.admit(command({ id: 'a' }))?.verdict, 'execute');
  assert.equal(one.admit(command({ id: 'a' })), undefined);
  assert.equal(one.admit(command({ id: 'b' }))?.verdict, 'execute');
  assert.equal(one.admit(command({ id: '' })), undefined);
  assert.equal(one.admit(command({ id: 'x'.repeat(129) })), undefined);
});

test('what is not to be executed still gets a verdict, once', () => {
  const cases: [Partial<Command>, string][] = [
    [{ node: 'node-2' }, 'refused'],
    [{ expiresAt: 1000 }, 'expired'],
    [{ expiresAt: 0 }, 'expired'],
    [{ expiresAt: 1001 + 31 * DAY }, 'refused'],
    [{ action: { kind: 'unknown' } }, 'refused'],
    [{ action: { kind: 'free', receiptId: 'r' }, isNewer: true }, 'refused'],
  ];
  for (const [overrides, verdict] of cases) {
    const one = gate();
    assert.equal(one.admit(command(overrides))?.verdict, verdict);
    assert.equal(one.admit(command(overrides)), undefined);
  }
});

test('ids remembered are bounded', () => {
  const one = gate({ atOnce: Infinity });
  for (let count = 0; count < 20_000; count += 1) one.admit(command({ id: `c${count}` }));
  assert.equal(one.admit(command({ id: 'c19999' })), undefined);
  assert.equal(one.admit(command({ id: 'c0' }))?.verdict, 'execute');
});

test('of too many commands one is refused and the rest wait, however the clock is set', () => {
  let now = 0;
  let clock = 1000 * DAY;
  const one = gate({ atOnce: 3, clock: () => clock, now: () => now });
  const verdicts = (ids: readonly string[]): (string | undefined)[] =>
    ids.map((id) => one.admit(command({ id, expiresAt: clock + DAY }))?.verdict);
  assert.deepEqual(verdicts(['a', 'b', 'c', 'd', 'e', 'f']), [
    'execute',
    'execute',
    'execute',
    'refused',
    undefined,
    undefined,
  ]);
  now += 5000;
  assert.deepEqual(verdicts(['e', 'f', 'g']), ['execute', 'refused', undefined]);
  clock += 30 * DAY;
  assert.deepEqual(verdicts(['h']), [undefined]);
  clock -= 60 * DAY;
  now += 10_000;
  assert.deepEqual(verdicts(['h', 'i', 'j']), ['execute', 'execute', 'refused']);
});

test('commands beyond the credit are refused, as long as nobody floods the node with them', () => {
  const one = gate({ atOnce: 3 });
  const sayings = ['a', 'b', 'c', 'd', 'e'].map((id) => {
    const delivery = one.admit(command({ id }), 'beyond');
    return delivery?.verdict === 'refused' ? delivery.message : undefined;
  });
  const beyond = 'More commands came than the agent gave credit for; order it again.';
  const flood = 'More commands came than anybody could mean; order it again in some minutes.';
  assert.deepEqual(sayings, [beyond, beyond, beyond, flood, undefined]);
  assert.equal(one.admit(command({ id: 'f' }), 'within')?.verdict, 'execute');
});

test('who orders no more than there is room for is never refused', () => {
  let now = 0;
  const one = gate({ atOnce: 3, now: () => now });
  for (let count = 0; count < 100; count += 1) {
    if (one.room() < 1) now += one.roomIn(1);
    assert.ok(one.room() >= 1);
    assert.equal(one.admit(command({ id: `c${count}` }))?.verdict, 'execute');
  }
  assert.ok(now > 480_000, 'twelve a minute in the long run');
});

test('what is dropped is told with its reason and number, once a minute', () => {
  let now = 0;
  const drops: CommandDrop[] = [];
  const one = gate({ atOnce: 1, now: () => now, onDropped: (drop) => drops.push(drop) });
  for (let count = 0; count < 12; count += 1) one.admit(command({ id: `c${count}` }));
  for (let time = 0; time < 5; time += 1) one.admit(command({ id: 'c0' }));
  one.admit(command({ id: '' }));
  const first = [
    { why: 'too-many', dropped: 1 },
    { why: 'repeated', dropped: 1 },
    { why: 'nameless', dropped: 1 },
  ];
  assert.deepEqual(drops, first);
  now += 60_000;
  one.admit(command({ id: 'c0' }));
  assert.deepEqual(drops, [...first, { why: 'repeated', dropped: 5 }]);
});

const anna = generateKeyPairSync('ed25519');
const eve = generateKeyPairSync('ed25519');
const trustedKeys = () => [{ id: keyId(anna.publicKey), owner: 'anna', key: anna.publicKey }];
const changing: readonly CommandAction[] = [
  { kind: 'apply-plan', planId: 'p', stateHash: new Uint8Array() },
  { kind: 'undo', receiptId: 'r', imageIds: [], reason: '' },
  { kind: 'free', receiptId: 'r' },
];
const harmless: readonly CommandAction[] = [
  { kind: 'ping' },
  { kind: 'scan', anew: true },
  { kind: 'plan-cleanup', policy: new Uint8Array() },
];

test('with trusted keys, only they change the node, under the name of the key', () => {
  for (const action of changing) {
    const order = command({ action, issuer: 'root' });
    assert.deepEqual(gate({ trustedKeys }).admit(signCommand(order, anna.privateKey))?.authority, {
      issuer: 'anna',
      keyId: keyId(anna.publicKey),
    });
    const cases: [Command, RegExp][] = [
      [order, /only signed commands/],
      [signCommand(order, eve.privateKey), /does not trust/],
      [{ ...signCommand(order, anna.privateKey), id: 'other' }, /altered/],
      [{ ...signCommand(order, anna.privateKey), isNewer: true }, /too old/],
      [signCommand({ ...order, node: 'node-2' }, anna.privateKey), /another node/],
    ];
    for (const [one, reason] of cases) {
      const delivery = gate({ trustedKeys }).admit(one);
      assert.ok(delivery?.verdict === 'refused');
      assert.match(delivery.message, reason);
    }
  }
});

test('what changes nothing needs no signature, and without trusted keys nothing does', () => {
  for (const action of harmless) {
    const delivery = gate({ trustedKeys }).admit(command({ action, issuer: 'root' }));
    assert.equal(delivery?.verdict, 'execute');
    assert.deepEqual(delivery.authority, { issuer: 'root' });
  }
  for (const action of changing) assert.equal(gate().admit(command({ action }))?.verdict, 'execute');
});
