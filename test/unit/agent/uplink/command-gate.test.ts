import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandGate } from '../../../../agent/uplink/command-gate.ts';
import type { Command } from '../../../../proto/codec/command.ts';

const gate = (): CommandGate => new CommandGate({ node: 'node-1', clock: () => 1000 });

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
});

test('what is not to be executed still gets a verdict, once', () => {
  const cases: [Partial<Command>, string][] = [
    [{ node: 'node-2' }, 'refused'],
    [{ expiresAt: 1000 }, 'expired'],
    [{ expiresAt: 0 }, 'expired'],
    [{ action: { kind: 'unknown' } }, 'refused'],
  ];
  for (const [overrides, verdict] of cases) {
    const one = gate();
    assert.equal(one.admit(command(overrides))?.verdict, verdict);
    assert.equal(one.admit(command(overrides)), undefined);
  }
});

test('ids remembered are bounded', () => {
  const one = gate();
  for (let count = 0; count < 20_000; count += 1) one.admit(command({ id: `c${count}` }));
  assert.equal(one.admit(command({ id: 'c19999' })), undefined);
  assert.equal(one.admit(command({ id: 'c0' }))?.verdict, 'execute');
});
