import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAuditLog } from '../../agent/state/audit-files.ts';
import { AuditLog } from '../../collector/cleanup/audit-log.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import { auditEntry, type AuditEntry } from '../../core/audit-chain.ts';
import { DEFAULT_POLICY } from '../../core/cleanup/policy.ts';
import { encodeCommand, type Command } from '../../proto/codec/command.ts';
import { keyId, signCommand } from '../../proto/codec/command-signature.ts';
import { tallyman as generated } from '../../proto/generated/tallyman.js';
import { tallyman } from '../support/cli.ts';
import { FAULT_NODE, faultBench, type AgentProgram, type Program } from '../support/fault-programs.ts';
import { hello, rawSession } from '../support/raw-session.ts';
import { releasedCollector, releasedProtocol, type ReleasedCollector } from '../support/released-peer.ts';
import { eventually } from '../support/system.ts';

// What a collector that was taken over orders again and again, and audit logs that somebody altered: refused, recorded, and
// no memory is left behind in processes that are measured.

const MIB = 1024 * 1024;
/** What a program may have more than before: V8 keeps some of what it used once. */
const MOST_GROWTH = 64 * MIB;
const REPEATS = 2_000;
/** Commands that an agent takes at once. */
const TAKEN_AT_ONCE = 1_000;
/** What the time brings: one that is taken every five seconds, and each time one that is refused. */
const TAKEN_A_SECOND = 0.4;

async function withoutGrowth(program: Program, act: () => Promise<void>): Promise<void> {
  const before = program.memory();
  await act();
  await eventually(
    async () => program.memory() - before,
    (growth) => program.isAlive && growth < MOST_GROWTH,
  );
}

function apply(id: string, changes: Partial<Command> = {}): Command {
  const now = Date.now();
  const action = { kind: 'apply-plan', planId: 'none', stateHash: new Uint8Array() } as const;
  return {
    id,
    issuer: 'root',
    issuedAt: now,
    expiresAt: now + 600_000,
    node: FAULT_NODE,
    action,
    ...changes,
  };
}

/** An agent that trusts one key, and a collector that respects no limit of commands. */
async function takenOver(context: TestContext) {
  const bench = await faultBench();
  context.after(() => bench.stop());
  const [anna, eve] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const keys = join(bench.folder, 'keys');
  mkdirSync(keys);
  writeFileSync(join(keys, 'anna.pub'), anna.publicKey.export({ type: 'spki', format: 'pem' }));
  const collector = await releasedCollector(releasedProtocol(), undefined, bench.tls('collector').files);
  context.after(() => collector.stop());
  const flags = ['--containerd-address', 'none', '--trusted-keys', keys, '--cleanup-removal'];
  const agent = bench.agent('agent', collector.port, flags);
  await started(agent, collector);
  return { collector, agent, anna, eve };
}

/** Starts it, until it is connected. */
async function started(agent: AgentProgram, collector: ReleasedCollector): Promise<void> {
  await agent.start();
  await beats(collector, 1);
}

/** The agent has had its turn with all that was sent before. */
async function beats(collector: ReleasedCollector, count: number): Promise<void> {
  const heartbeats = (): number => collector.received.filter((kind) => kind === 'heartbeat').length;
  const before = heartbeats();
  await eventually(
    async () => heartbeats(),
    (beaten) => beaten >= before + count,
    60,
  );
}

function order(collector: ReleasedCollector, command: Command): void {
  collector.send({ command: generated.v1.Command.decode(encodeCommand(command)) });
}

function audited({ stateDir }: AgentProgram): AuditEntry[] {
  return [...readAuditLog(stateDir)].flatMap(({ entry }) => auditEntry(entry) ?? []);
}

/** Numbers and outcomes of the entries of one kind about one command. */
function outcomes(agent: AgentProgram, action: string, id: string): (string | undefined)[] {
  return audited(agent).flatMap((entry) =>
    entry.action === action && entry.subject === id ? [entry.outcome] : [],
  );
}

async function verified(...flags: readonly string[]) {
  const { code, stdout } = await tallyman(['audit', 'verify', ...flags]);
  return { code, stdout };
}

test('commands that come again and again are carried out once, and what is wrong with the others is recorded once', async (context) => {
  const { collector, agent, anna, eve } = await takenOver(context);
  const signed = (command: Command, key: KeyObject = anna.privateKey): Command => signCommand(command, key);
  const good = signed(apply('good'));
  const bad: Readonly<Record<string, readonly [Command, string, RegExp]>> = {
    unsigned: [apply('unsigned'), 'refused', /not signed/],
    stranger: [signed(apply('stranger'), eve.privateKey), 'refused', /does not trust/],
    altered: [{ ...signed(apply('x')), id: 'altered' }, 'refused', /altered/],
    claimed: [
      { ...signed(apply('claimed'), eve.privateKey), keyId: keyId(anna.publicKey) },
      'refused',
      /altered/,
    ],
    elsewhere: [signed(apply('elsewhere', { node: 'node-2' })), 'refused', /another node/],
    late: [signed(apply('late', { expiresAt: Date.now() - 1 })), 'expired', /expired/],
  };
  await withoutGrowth(agent, async () => {
    for (let time = 0; time < REPEATS; time += 1) {
      order(collector, good);
      for (const [command] of Object.values(bad)) order(collector, command);
      if (time % 100 === 99) await sleep(1);
    }
    await beats(collector, 3);
    await eventually(
      async () => collector.eventNumbers.length,
      (count) => count >= 1 + Object.keys(bad).length,
    );
  });
  assert.deepEqual(outcomes(agent, 'command', 'good'), ['accepted']);
  assert.deepEqual(outcomes(agent, 'result', 'good'), ['refused'], 'there is no such plan');
  for (const [id, [, outcome, why]] of Object.entries(bad)) {
    assert.deepEqual(outcomes(agent, 'command', id), [outcome], id);
    const entry = audited(agent).find(({ action, subject }) => action === 'command' && subject === id);
    assert.match(String(entry?.detail['why']), why);
  }
  assert.equal(new Set(collector.eventNumbers).size, 1 + Object.keys(bad).length);

  // Another life knows what the one before did.
  await agent.end('SIGKILL');
  await started(agent, collector);
  await withoutGrowth(agent, async () => {
    for (let time = 0; time < REPEATS; time += 1) order(collector, good);
    await beats(collector, 3);
  });
  assert.deepEqual(outcomes(agent, 'result', 'good'), ['refused']);
  assert.ok(outcomes(agent, 'result-repeated', 'good').length <= 1);
  assert.equal((await verified('--state-dir', agent.stateDir)).code, 0);
});

test('a flood of commands is refused, and fills neither log nor memory', async (context) => {
  const { collector, agent, eve } = await takenOver(context);
  const begin = performance.now();
  const taken = (): AuditEntry[] => audited(agent).filter(({ action }) => action === 'command');
  const tooMany = ({ outcome, detail }: AuditEntry): boolean =>
    outcome === 'refused' && /More commands/.test(String(detail['why']));
  await withoutGrowth(agent, async () => {
    for (let at = 0; at < 5 * REPEATS; at += 1) {
      const command = apply(`flood-${at}`, at % 2 === 0 ? { action: { kind: 'ping' } } : {});
      order(collector, signCommand(command, eve.privateKey));
      if (at % 100 === 99) await sleep(1);
    }
    await eventually(
      async () => taken().some(tooMany),
      (isTold) => isTold,
      120,
    );
    await beats(collector, 3);
  });
  const count = taken().length;
  const most = TAKEN_AT_ONCE + 2 + TAKEN_A_SECOND * ((performance.now() - begin) / 1000);
  assert.ok(count <= most, `${count} in the audit log`);
  const lines = agent.log().length;
  assert.ok(lines < 2 * most, `${lines} lines`);
  assert.equal((await verified('--state-dir', agent.stateDir)).code, 0);
});

test('an agent whose audit log was altered goes on, and does not make it look whole', async (context) => {
  const { collector, agent, anna } = await takenOver(context);
  const file = join(agent.stateDir, 'audit.log');
  const carryOut = async (id: string): Promise<void> => {
    order(collector, signCommand(apply(id), anna.privateKey));
    await eventually(
      async () => outcomes(agent, 'result', id).length,
      (count) => count === 1,
    );
  };
  for (const id of ['first', 'second']) await carryOut(id);
  await agent.end();
  writeFileSync(file, readFileSync(file, 'utf8').replace('"first"', '"other"'));
  await started(agent, collector);
  await carryOut('third');
  const broken = await verified('--state-dir', agent.stateDir);
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /is broken at entry \d: it was altered/);

  const before = agent.memory();
  await agent.end();
  // More than it ever writes, and none of it an entry.
  for (let piece = 0; piece < 48; piece += 1) appendFileSync(file, `${'x'.repeat(MIB - 1)}\n`);
  await started(agent, collector);
  await carryOut('fourth');
  assert.ok(agent.memory() - before < MOST_GROWTH);
  const [beginning] = audited(agent);
  assert.equal(beginning?.action, 'audit-damaged');
  assert.ok(readdirSync(agent.stateDir).some((name) => name.startsWith('audit.log.damaged-')));
});

test('a collector whose audit log was altered says where, as often as it is asked', async (context) => {
  const bench = await faultBench();
  context.after(() => bench.stop());
  const collector = await bench.collector('collector');
  const raw = await rawSession(collector.grpcPort, bench.tls(FAULT_NODE));
  context.after(() => raw.close());
  await raw.send(hello({ node: FAULT_NODE }));
  assert.ok((await raw.next())?.welcome);
  await collector.end();
  const store = openSqliteStore(collector.dataDir, (error) => assert.fail(String(error)));
  const log = new AuditLog(store);
  for (let batch = 0; batch < 10; batch += 1)
    await log.write(
      Array.from({ length: 1000 }, (_, at) => ({
        ...{ at: batch, actor: 'anna', action: 'command', subject: `c${at}` },
        detail: { node: FAULT_NODE, why: 'x'.repeat(500) },
      })),
    );
  await store.close();
  await collector.start();
  const verification = () =>
    collector.api.get<{ readonly kind: string; readonly sequence?: number }>('audit/verification');
  const ask = (id: string) =>
    collector.api.send('POST', 'cleanup/plans', {
      ...{ id, issuer: 'anna', nodes: [FAULT_NODE], policy: { ...DEFAULT_POLICY } },
      ...{ atOnce: 1, answerMs: 60_000 },
    });
  await eventually(
    async () => (await verification()).kind,
    (kind) => kind === 'whole',
    60,
  );
  await ask('before');

  const alter = (from: string, to: string): void => {
    const database = new DatabaseSync(join(collector.dataDir, 'tallyman.db'), { timeout: 5000 });
    database.prepare('UPDATE audit SET entry = replace(entry, ?, ?) WHERE sequence = 7000').run(from, to);
    database.close();
  };
  alter('anna', 'eve');
  const askOften = async (): Promise<void> => {
    for (let time = 0; time < 10; time += 1) {
      const answers = await Promise.all([1, 2, 3, 4].map(verification));
      for (const answer of answers) assert.deepEqual([answer.kind, answer.sequence], ['broken', 7000]);
    }
  };
  // Once before, so that what stays of the first time is no growth.
  await askOften();
  await withoutGrowth(collector, askOften);
  await ask('after');
  assert.equal((await verification()).sequence, 7000, 'what comes later does not mend it');
  const told = await verified('--data-dir', collector.dataDir);
  assert.equal(told.code, 1);
  assert.match(told.stdout, /is broken at entry 7000: it was altered/);
  alter('eve', 'anna');
  assert.equal((await verification()).kind, 'whole');
});
