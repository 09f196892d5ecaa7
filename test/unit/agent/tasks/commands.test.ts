import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CleanupError } from '../../../../agent/cleanup/cleanup-error.ts';
import type { RunState } from '../../../../agent/cleanup/journal/run-state.ts';
import { readAuditLog } from '../../../../agent/state/audit-files.ts';
import { AuditLog } from '../../../../agent/state/audit-log.ts';
import { systemClock } from '../../../../agent/state/clock.ts';
import type { State } from '../../../../agent/state/state.ts';
import type { CommandedCleanup } from '../../../../agent/tasks/cleanup-commands.ts';
import { CommandRunner } from '../../../../agent/tasks/commands.ts';
import { EventLog, numberedOutbox } from '../../../../agent/tasks/event-log.ts';
import type { CommandDelivery } from '../../../../agent/uplink/command-gate.ts';
import { auditEntry, type AuditEntry } from '../../../../core/audit-chain.ts';
import { makePlan } from '../../../../core/cleanup/make-plan.ts';
import type { CleanupPlan } from '../../../../core/cleanup/plan.ts';
import { sha256Hex } from '../../../../platform/sha256.ts';
import type { Command, CommandAction } from '../../../../proto/codec/command.ts';
import { unpackDetail } from '../../../../proto/codec/command-detail.ts';
import { decodeEvent, type EventBody } from '../../../../proto/codec/event.ts';
import { planInput, staleImage } from '../../../support/cleanup-node.ts';
import { temporaryFolder, testState } from '../../../support/state.ts';

const PLAN_ID = 'ab'.repeat(32);
const APPLY = { kind: 'apply-plan', planId: PLAN_ID, stateHash: new Uint8Array() } as const;
const RUN: RunState = {
  runId: 'run-1',
  planId: PLAN_ID,
  node: 'n',
  issuer: 'anna',
  graceMs: 1000,
  predicted: { bytes: 5, inodes: 1 },
  begunAt: 1,
  changedAt: 2,
  endedAt: 2,
  outcome: 'done',
  images: [],
};

const { outcome: _, ...UNFINISHED } = RUN;

type Result = Extract<EventBody, { readonly kind: 'command-result' }>;

/** A runner over a real state, with cleanup that does what the test says. */
interface Bench {
  readonly folder: string;
  readonly state: State;
  readonly runner: CommandRunner;
  /** What it asked for, in order. */
  readonly asked: string[];
  readonly ended: AbortController;
  take(id: string, action: CommandAction, changes?: Partial<Command>): void;
  deliver(delivery: CommandDelivery): void;
  results(): Result[];
  log(): AuditEntry[];
}

function bench(
  context: TestContext,
  cleanup: Partial<CommandedCleanup> = {},
  options: { readonly folder?: string; readonly now?: () => number } = {},
): Bench {
  const { folder = temporaryFolder(context), now = Date.now } = options;
  const state = testState(context, folder, { clock: systemClock() });
  const audit = new AuditLog(folder, { now });
  context.after(() => audit.close());
  const events = new EventLog(state.outbox, now, () => undefined);
  const asked: string[] = [];
  const ended = new AbortController();
  const runner = new CommandRunner(
    {
      store: state.commands,
      events: { add: (body) => events.add(body), waits: (number) => state.outbox.waits(number) },
      audit,
      cleanup: {
        plan: () => assert.fail('no plan was to be made'),
        apply: () => assert.fail('no plan was to be applied'),
        undo: () => assert.fail('nothing was to be undone'),
        settle: async () => undefined,
        receipt: () => RUN,
        runOf: () => undefined,
        announce: () => undefined,
        ...cleanup,
      },
      scan: () => void asked.push('scan'),
      now,
      logger: { warn: (...parts: readonly unknown[]) => assert.fail(parts.map(String).join(' ')) },
    },
    ended.signal,
  );
  return {
    folder,
    state,
    runner,
    asked,
    ended,
    take: (id, action, changes) =>
      void runner.take({
        command: {
          id,
          issuer: 'otto',
          issuedAt: 0,
          expiresAt: now() + 60_000,
          node: 'n',
          action,
          ...changes,
        },
        authority: { issuer: 'anna', keyId: 'k' },
        verdict: 'execute',
      }),
    deliver: (delivery) => void runner.take(delivery),
    results: () =>
      state.outbox.pending(0, 100, 1 << 30).map(({ number, payload }) => {
        const numbered = Buffer.concat([payload, Buffer.from([8, number])]);
        const { body } = decodeEvent(numbered);
        assert.ok(body.kind === 'command-result');
        return body;
      }),
    log: () => [...readAuditLog(folder)].flatMap(({ entry }) => auditEntry(entry) ?? []),
  };
}

function staleNode(): CleanupPlan {
  return makePlan(planInput([staleImage('a'), staleImage('b', { pinned: true })]), sha256Hex);
}

test('journals that cannot be read are the result of a command, not its end without one', async (context) => {
  const unreadable = (): never => {
    throw new CleanupError('journal', 'the cleanup journal cannot be used');
  };
  const one = bench(context, { runOf: unreadable });
  one.take('a', APPLY);
  await one.runner.close();
  const [result] = one.results();
  assert.deepEqual(
    [result?.commandId, result?.outcome, result?.message],
    ['a', 'failed', 'The cleanup journal cannot be used.'],
  );
});

test('a command is carried out once, and a repeat gets the same result unless that is on its way', (context) => {
  const one = bench(context);
  const scan = { kind: 'scan', anew: false } as const;
  for (let time = 0; time < 3; time += 1) one.take('one', scan);
  assert.deepEqual(one.asked, ['scan']);
  const [first, ...others] = one.results();
  assert.deepEqual(others, []);
  one.state.outbox.acknowledge(one.state.outbox.epoch, 1);
  one.take('one', scan);
  const [again] = one.results();
  assert.ok(first && again);
  assert.deepEqual({ ...again, audit: undefined }, { ...first, audit: undefined });
  assert.deepEqual(one.asked, ['scan']);
});

test('who hands a command over is told when it has its result, whatever that is', async (context) => {
  const made = Promise.withResolvers<never>();
  const one = bench(context, { plan: () => made.promise });
  const order = (id: string, action: CommandAction): Promise<void> =>
    one.runner.take({
      command: { id, issuer: 'otto', issuedAt: 0, expiresAt: Date.now() + 60_000, node: 'n', action },
      authority: { issuer: 'otto' },
      verdict: 'execute',
    });
  const plan = { kind: 'plan-cleanup', policy: Buffer.from('{}') } as const;
  let isTold = false;
  const first = order('p', plan).then(() => {
    isTold = true;
  });
  const second = order('q', plan);
  await order('ping', { kind: 'ping' });
  assert.deepEqual([isTold, one.results().length], [false, 1]);
  made.reject(new CleanupError('refused', 'there is no plan'));
  await Promise.all([first, second]);
  assert.deepEqual(
    one.results().map(({ commandId }) => commandId),
    ['ping', 'p', 'q'],
  );
});

test('a plan is made by the policy that came, and sent whole', async (context) => {
  const policies: unknown[] = [];
  const plan = staleNode();
  const one = bench(context, {
    async plan(policy) {
      policies.push(policy.keepNewest);
      return { plan, storage: { things: new Map(), roots: [] }, leaks: [] };
    },
  });
  one.take('p', { kind: 'plan-cleanup', policy: Buffer.from('{"keepNewest":3}') });
  one.take('q', { kind: 'plan-cleanup', policy: Buffer.from('{"keepNewst":3}') });
  one.take('r', { kind: 'plan-cleanup', policy: Buffer.from('{') });
  const costly = [{ never: Array.from({ length: 101 }, (_, at) => `a${at}`) }, { only: ['**a*a*a*a*a*b'] }];
  for (const [at, policy] of costly.entries())
    one.take(`s${at}`, { kind: 'plan-cleanup', policy: Buffer.from(JSON.stringify(policy)) });
  await one.runner.close();
  assert.deepEqual(policies, [3]);
  const [made, misspelt, broken, ...others] = one.results();
  assert.equal(made?.outcome, 'done');
  assert.match(made.message, /^1 image would go.*1 stay\.$/);
  assert.deepEqual(unpackDetail(made.detail ?? new Uint8Array()).plan, JSON.parse(JSON.stringify(plan)));
  assert.equal(misspelt?.outcome, 'refused');
  assert.match(misspelt.message, /"keepNewst" is no part of a policy/);
  assert.equal(broken?.outcome, 'refused');
  assert.deepEqual(
    others.map(({ outcome }) => outcome),
    ['refused', 'refused'],
  );
});

test('a plan is applied in the name of the key, and its receipt comes back, again after a restart', async (context) => {
  const requests: unknown[] = [];
  const apply: CommandedCleanup['apply'] = async (request) => {
    requests.push(request);
    return { ...RUN, outcome: 'partial', reason: 'the run had its 60 seconds' };
  };
  const one = bench(context, { apply });
  one.take('c', { ...APPLY, stateHash: Buffer.from('0f', 'hex') });
  await one.runner.close();
  assert.deepEqual(requests, [
    { planId: PLAN_ID, issuer: 'anna, by command c', commandId: 'c', stateHash: '0f' },
  ]);
  const [first] = one.results();
  assert.equal(first?.outcome, 'failed');
  assert.equal(first.message, '0 of 0 images removed; the run had its 60 seconds.');
  assert.equal((unpackDetail(first.detail ?? new Uint8Array()).receipt as RunState).runId, 'run-1');

  one.state.outbox.acknowledge(one.state.outbox.epoch, 1);
  one.state.close();
  const next = bench(context, {}, { folder: one.folder });
  next.take('c', APPLY);
  await next.runner.close();
  const [again] = next.results();
  assert.deepEqual({ ...again, audit: undefined }, { ...first, audit: undefined });
});

test('what cleanup does not want is refused with its reason', async (context) => {
  const why = 'removal is off on this node: its settings say cleanup-removal off';
  const one = bench(context, {
    apply: async () => {
      throw new CleanupError('refused', why);
    },
    undo: async () => {
      throw new CleanupError('journal', 'the journal cannot be used');
    },
  });
  one.take('a', APPLY);
  one.take('b', { ...APPLY, planId: 'ab' });
  one.take('c', { kind: 'undo', receiptId: 'r', imageIds: [], reason: '' });
  await one.runner.close();
  const told = one.results().map(({ outcome, message }) => [outcome, message]);
  assert.deepEqual(told, [
    ['refused', `R${why.slice(1)}.`],
    ['refused', 'A command names a plan by its whole ID.'],
    ['failed', 'The journal cannot be used.'],
  ]);
});

test('images come back by command, some or all, and what is kept is freed', async (context) => {
  const asked: unknown[] = [];
  const one = bench(context, {
    async undo(runId, request) {
      asked.push([runId, request]);
      return { restored: ['sha256:a'], problems: [] };
    },
    async settle(_signal, runId, issuer) {
      asked.push([runId, issuer]);
    },
  });
  one.take('u', { kind: 'undo', receiptId: 'run-1', imageIds: ['sha256:a'], reason: 'a mistake' });
  one.take('v', { kind: 'undo', receiptId: 'run-1', imageIds: [], reason: '' });
  one.take('f', { kind: 'free', receiptId: 'run-1' });
  await one.runner.close();
  assert.deepEqual(asked, [
    ['run-1', { issuer: 'anna, by command u', reason: 'a mistake', imageIds: ['sha256:a'] }],
    ['run-1', { issuer: 'anna, by command v', reason: 'asked for by a command' }],
    ['run-1', 'anna, by command f'],
  ]);
  assert.deepEqual(
    one.results().map(({ outcome }) => outcome),
    ['done', 'done', 'done'],
  );
  const { undo, receipt } = unpackDetail(one.results()[0]?.detail ?? new Uint8Array());
  assert.deepEqual(undo, { restored: ['sha256:a'], problems: [] });
  assert.equal((receipt as RunState).runId, 'run-1');
});

test('cleanup goes one after the other; what expires while it waits is not begun, and no more wait than may', async (context) => {
  let now = 1_000_000;
  let running = 0;
  let most = 0;
  const go = Promise.withResolvers<undefined>();
  const apply: CommandedCleanup['apply'] = async () => {
    running += 1;
    most = Math.max(most, running);
    await go.promise;
    await sleep(1);
    running -= 1;
    return RUN;
  };
  const one = bench(context, { apply }, { now: () => now });
  one.take('first', APPLY);
  one.take('short', APPLY, { expiresAt: now + 10 });
  for (let number = 2; number < 17; number += 1) one.take(`c${number}`, APPLY);
  one.take('too many', APPLY);
  one.take('ping', { kind: 'ping' });
  assert.deepEqual(
    one.results().map(({ commandId, outcome }) => [commandId, outcome]),
    [
      ['too many', 'refused'],
      ['ping', 'done'],
    ],
  );
  now += 20;
  go.resolve(undefined);
  await one.runner.close();
  const outcomes = new Map(one.results().map(({ commandId, outcome }) => [commandId, outcome]));
  assert.equal(outcomes.get('first'), 'done');
  assert.equal(outcomes.get('short'), 'expired');
  assert.equal([...outcomes.values()].filter((outcome) => outcome === 'done').length, 17);
  assert.equal(most, 1);
});

test('a command that an earlier agent began gets the result of its run, or the word that none is known', async (context) => {
  const first = bench(context, { apply: () => new Promise(() => undefined) });
  first.take('a', APPLY);
  first.state.commands.begin('p', Date.now() + 60_000, new Uint8Array([1]));
  await sleep(1);
  first.state.close();

  const told: string[] = [];
  const runs: (RunState | undefined)[] = [UNFINISHED, RUN];
  const next = bench(
    context,
    {
      runOf: (id) => (id === 'a' ? (runs.length > 1 ? runs.shift() : runs[0]) : undefined),
      announce: ({ runId }) => void told.push(runId),
    },
    { folder: first.folder },
  );
  next.runner.resume();
  // The collector has no result, so it sends the command again.
  next.take('a', APPLY);
  await next.runner.close();
  next.take('a', APPLY);
  await next.runner.close();
  const results = next.results().map(({ commandId, outcome, message }) => [commandId, outcome, message]);
  assert.deepEqual(results, [
    ['p', 'failed', 'The agent ended in the midst of it, and its end is not known.'],
    ['a', 'done', '0 of 0 images removed.'],
  ]);
  assert.deepEqual(told, ['run-1']);
});

test('a run is not begun again when only its journal remembers it', async (context) => {
  const one = bench(context, { runOf: () => RUN });
  one.take('a', APPLY);
  await one.runner.close();
  assert.equal(one.results()[0]?.outcome, 'done');
});

test('every command and its result are in the audit log, and the result says where that ends', (context) => {
  const one = bench(context);
  one.take('a', { kind: 'ping' });
  const command = { id: 'b', issuer: 'otto', issuedAt: 0, expiresAt: 1, node: 'n', action: APPLY };
  one.deliver({ command, authority: { issuer: 'otto' }, verdict: 'refused', message: 'It is not signed.' });
  const log = one.log().map(({ actor, action, subject, outcome, detail }) => ({
    actor,
    action,
    subject,
    outcome,
    detail: { ...detail, sha256: typeof detail['sha256'] },
  }));
  assert.deepEqual(log.slice(0, 1).concat(log.slice(2, 3)), [
    {
      actor: 'anna',
      action: 'command',
      subject: 'a',
      outcome: 'accepted',
      detail: { order: 'ping', key: 'k', claimed: 'otto', sha256: 'string' },
    },
    {
      actor: 'the collector for otto',
      action: 'command',
      subject: 'b',
      outcome: 'refused',
      detail: { order: 'apply-plan', of: PLAN_ID, why: 'It is not signed.', sha256: 'string' },
    },
  ]);
  assert.deepEqual(
    log.map(({ action }) => action),
    ['command', 'result', 'command', 'result'],
  );
  assert.deepEqual(
    one.results().map(({ audit }) => audit?.sequence),
    [2, 4],
  );
});

test('nothing is changed that cannot be written into the audit log', (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'audit.log'));
  const one = bench(context, {}, { folder });
  one.take('a', APPLY);
  one.take('b', { kind: 'ping' });
  const [apply, ping] = one.results();
  assert.equal(apply?.outcome, 'refused');
  assert.match(apply.message, /audit log/);
  assert.equal(ping?.outcome, 'done');
  assert.equal(ping.audit, undefined);
});

test('an event leaves the outbox with the number that it has there', (context) => {
  const state = testState(context, temporaryFolder(context));
  let added = 0;
  const log = new EventLog(
    state.outbox,
    () => 1234,
    () => void (added += 1),
  );
  log.add({ kind: 'engine-change', engine: 'docker', status: 'degraded' });
  log.add({ kind: 'engine-change', engine: 'docker', status: 'ok' });
  const outbox = numberedOutbox(state.outbox, { restored: assert.fail, noRoom: assert.fail });
  const events = outbox.pending(0, 10, 1 << 20);
  assert.deepEqual(
    events.map(({ payload }) => decodeEvent(payload)),
    [
      { number: 1, time: 1234, body: { kind: 'engine-change', engine: 'docker', status: 'degraded' } },
      { number: 2, time: 1234, body: { kind: 'engine-change', engine: 'docker', status: 'ok' } },
    ],
  );
  assert.equal(added, 2);
  assert.equal(outbox.count(), 2);
});
