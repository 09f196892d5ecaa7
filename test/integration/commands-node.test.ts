import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunState } from '../../agent/cleanup/journal/run-state.ts';
import { readAuditLog } from '../../agent/state/audit-files.ts';
import { auditEntry, type AuditEntry } from '../../core/audit-chain.ts';
import type { CleanupPlan } from '../../core/cleanup/plan.ts';
import { ociArchive } from '../../cli/demo/oci-image.ts';
import type { Ingest } from '../../collector/ingest/ingest.ts';
import type { Command, CommandAction } from '../../proto/codec/command.ts';
import { unpackDetail } from '../../proto/codec/command-detail.ts';
import { keyId, signCommand } from '../../proto/codec/command-signature.ts';
import { decodeEvent, type EventBody } from '../../proto/codec/event.ts';
import { startTallyman, tallyman } from '../support/cli.ts';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { sessionBench, until, type SessionBench } from '../support/session-bench.ts';
import { smallImage } from '../support/small-images.ts';

const skip = needsRoot() || needsCommands('containerd', 'ctr');
const NODE = 'node-1';
const POLICY = { unusedForMs: 0, minimumAgeMs: 0, unpullable: true };
const MAY_REMOVE = ['--cleanup-removal', '--cleanup-minimum-age', '0s', '--cleanup-unpullable'];

type Result = Extract<EventBody, { readonly kind: 'command-result' }>;

suite('commands to a node with containerd', { skip }, () => {
  const anna = generateKeyPairSync('ed25519');
  const eve = generateKeyPairSync('ed25519');
  let engine: TestContainerd;
  let bench: SessionBench;
  let ingest: Ingest;
  let port = 0;
  let keys = '';
  let stateDir = '';

  before(async () => {
    engine = await startContainerd({ cri: false });
    bench = await sessionBench([NODE]);
    ({ ingest, port } = await bench.collect());
    keys = join(bench.dir, 'keys');
    mkdirSync(keys);
    writeFileSync(join(keys, 'anna.pub'), anna.publicKey.export({ type: 'spki', format: 'pem' }));
    stateDir = join(bench.dir, 'state');
  });

  after(async () => {
    await bench?.stop();
    await engine?.stop();
  });

  /** An agent in a process of its own, connected; it ends with its test at the latest. */
  async function startAgent(context: TestContext, ...flags: readonly string[]) {
    const file = (name: string): string => join(bench.dir, name);
    const child = startTallyman([
      'agent',
      ...['--node', NODE, '--collector', `localhost:${port}`, '--state-dir', stateDir],
      ...['--tls-ca', file('ca.crt'), '--tls-cert', file(`${NODE}.crt`), '--tls-key', file(`${NODE}.key`)],
      ...['--containerd-address', engine.address, '--docker-address', 'none'],
      ...['--metrics-listen', '127.0.0.1:0', '--log-level', 'error'],
      ...flags,
    ]);
    const closed = once(child, 'close');
    const said = Promise.all([text(child.stdout), text(child.stderr)]);
    const end = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await closed;
      await until('the collector missed it', () => ingest.sessions().length === 0);
    };
    context.after(() => end());
    while (ingest.sessions().length === 0) {
      assert.equal(child.exitCode, null, child.exitCode === null ? '' : (await said).join(''));
      await sleep(20);
    }
    return { end };
  }

  function command(action: CommandAction, changes: Partial<Command> = {}): Command {
    const now = Date.now();
    return {
      id: randomUUID(),
      issuer: 'root',
      issuedAt: now,
      expiresAt: now + 600_000,
      node: NODE,
      action,
      ...changes,
    };
  }

  function signed(action: CommandAction, key: KeyObject = anna.privateKey): Command {
    return signCommand(command(action), key);
  }

  function resultsOf(id: string): Result[] {
    const events = [...bench.store.node(NODE).events.values()].flat();
    const bodies = events.map(({ payload }) => decodeEvent(payload).body);
    return bodies
      .filter((body) => body.kind === 'command-result')
      .filter(({ commandId }) => commandId === id);
  }

  async function resultOf({ id }: Command): Promise<Result> {
    await until('a result came', () => resultsOf(id).length > 0);
    const [result] = resultsOf(id);
    assert.ok(result);
    return result;
  }

  function send(one: Command): void {
    bench.store.put(NODE, one);
    ingest.deliver(NODE);
  }

  async function order(one: Command): Promise<Result> {
    send(one);
    return await resultOf(one);
  }

  /** A plan by which as many images go. What is being read, or begins to be after the plan, would stay. */
  async function planned(going: number): Promise<CleanupPlan> {
    const names = await listedNames();
    await until('the images are read', () => names.every((name) => namesRead().has(name)));
    const policy = Buffer.from(JSON.stringify(POLICY));
    for (;;) {
      const result = await order(command({ kind: 'plan-cleanup', policy }));
      assert.equal(result.outcome, 'done', result.message);
      const plan = unpackDetail(result.detail ?? new Uint8Array()).plan as CleanupPlan;
      if (plan.items.filter(({ action }) => action === 'remove').length >= going) return plan;
      await sleep(200);
    }
  }

  function namesRead(): ReadonlySet<string> {
    const items = [...bench.store.node(NODE).items.values()].map(({ item }) => item);
    const read = items.flatMap((one) =>
      one.kind === 'image' && one.value.composition ? one.value.names : [],
    );
    return new Set(read.map(({ name }) => name));
  }

  function applying({ id, stateHash }: CleanupPlan): CommandAction {
    return { kind: 'apply-plan', planId: id, stateHash: Buffer.from(stateHash, 'hex') };
  }

  function receiptOf({ detail }: Result): RunState {
    return unpackDetail(detail ?? new Uint8Array()).receipt as RunState;
  }

  async function addImages(...names: readonly string[]): Promise<void> {
    const archive = names.map((name) => ({
      image: smallImage([[{ path: `srv/${name}`, content: name.repeat(1000) }]]),
      names: [`localhost/${name}:1`],
    }));
    await engine.importArchive(ociArchive(archive));
  }

  async function listed(): Promise<number> {
    return (await listedNames()).length;
  }

  async function listedNames(): Promise<string[]> {
    return (await engine.ctr('images', 'list', '--quiet')).split('\n').filter(Boolean);
  }

  function audited(): AuditEntry[] {
    return [...readAuditLog(stateDir)].flatMap(({ entry }) => auditEntry(entry) ?? []);
  }

  async function verified(): Promise<{ readonly kind: string; readonly head: unknown }> {
    const { stdout, code, stderr } = await tallyman([
      'audit',
      'verify',
      ...['--state-dir', stateDir, '--format', 'json'],
    ]);
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout) as { kind: string; head: unknown };
  }

  test('what a trusted key signs is planned, done, undone and freed, under its owner’s name', async (context) => {
    await addImages('a', 'b');
    await startAgent(context, ...MAY_REMOVE, '--trusted-keys', keys);
    const plan = await planned(2);
    const apply = signed(applying(plan));
    const applied = await order(apply);
    assert.equal(applied.outcome, 'done', applied.message);
    assert.equal(applied.message, '2 of 2 images removed.');
    assert.equal(await listed(), 0);
    const receipt = receiptOf(applied);
    assert.deepEqual([receipt.issuer, receipt.commandId], [`anna, by command ${apply.id}`, apply.id]);

    const [first] = receipt.images;
    const one = { receiptId: receipt.runId, imageIds: [first?.imageId ?? ''], reason: 'a mistake' };
    const undone = await order(signed({ kind: 'undo', ...one }));
    assert.equal(undone.outcome, 'done', undone.message);
    assert.deepEqual(unpackDetail(undone.detail ?? new Uint8Array()).undo, {
      restored: one.imageIds,
      problems: [],
    });
    assert.equal(await listed(), 1);

    const freed = await order(signed({ kind: 'free', receiptId: receipt.runId }));
    assert.equal(freed.outcome, 'done', freed.message);
    assert.deepEqual(
      receiptOf(freed).images.map(({ status }) => status),
      ['restored', 'deleted'],
    );
    const again = await order(signed({ kind: 'undo', ...one, imageIds: [] }));
    assert.equal(again.outcome, 'refused');

    const log = audited().map(({ actor, action, outcome }) => [actor, action, outcome]);
    const anyone = 'the collector for root';
    const self = `anna, by command ${apply.id}`;
    const begun = log.findIndex(([actor]) => actor === 'anna');
    assert.deepEqual(log.slice(begun - 2, begun + 4), [
      [anyone, 'command', 'accepted'],
      ['this agent', 'result', 'done'],
      ['anna', 'command', 'accepted'],
      [self, 'apply', undefined],
      [self, 'run', 'done'],
      ['this agent', 'result', 'done'],
    ]);
    assert.equal(audited()[begun]?.detail['key'], keyId(anna.publicKey));
    assert.deepEqual((await verified()).head, again.audit);
  });

  test('what is not signed by a trusted key, just as it is, for this node and now, changes nothing', async (context) => {
    await startAgent(context, ...MAY_REMOVE, '--trusted-keys', join(keys, 'anna.pub'));
    await addImages('c');
    const action = applying(await planned(1));
    const others = signCommand(command(action, { node: 'node-2' }), anna.privateKey);
    const cases: [Command, string, RegExp][] = [
      [command(action), 'refused', /not signed/],
      [signed(action, eve.privateKey), 'refused', /does not trust/],
      [{ ...signed(action, eve.privateKey), keyId: keyId(anna.publicKey) }, 'refused', /altered/],
      [{ ...signed({ kind: 'ping' }), action }, 'refused', /altered/],
      [others, 'refused', /another node/],
      [{ ...others, node: NODE, id: randomUUID() }, 'refused', /altered/],
      [signCommand(command(action, { expiresAt: Date.now() - 1 }), anna.privateKey), 'expired', /expired/],
    ];
    const before = await listed();
    for (const [one, outcome, message] of cases) {
      const result = await order(one);
      assert.equal(result.outcome, outcome, result.message);
      assert.match(result.message, message);
      const entry = audited().find(({ action: what, subject }) => what === 'command' && subject === one.id);
      assert.equal(entry?.outcome, outcome);
      assert.equal(entry.detail['why'], result.message);
    }
    assert.equal(await listed(), before);
    await verified();
  });

  test('a command of before a restart is not done again, and its result is the same', async (context) => {
    const first = await startAgent(context, ...MAY_REMOVE);
    await addImages('d');
    const apply = command(applying(await planned(1)));
    const result = await order(apply);
    assert.equal(result.outcome, 'done', result.message);
    await first.end();

    await addImages('d');
    await startAgent(context, ...MAY_REMOVE);
    send(apply);
    await until('the result came again', () => resultsOf(apply.id).length === 2);
    const repeated = resultsOf(apply.id)[1];
    assert.deepEqual({ ...repeated, audit: undefined }, { ...result, audit: undefined });
    assert.equal((await order(command({ kind: 'ping' }))).outcome, 'done');
    assert.ok((await listed()) > 0);
  });

  test('no command goes beyond what the node allows', async (context) => {
    await startAgent(context);
    const plan = await planned(0);
    assert.deepEqual(
      plan.items.filter(({ action }) => action === 'remove'),
      [],
      'neither young images nor those that cannot be pulled',
    );
    const result = await order(signed(applying(plan)));
    assert.equal(result.outcome, 'refused');
    assert.match(result.message, /cleanup-removal off/);
  });

  test('a command that the agent dies in has one result, which is that of its run', async (context) => {
    const names = Array.from({ length: 40 }, (_, number) => `many-${number}`);
    await addImages(...names);
    const first = await startAgent(context, ...MAY_REMOVE, '--trusted-keys', keys);
    const plan = await planned(names.length);
    const present = await listed();
    const apply = signed(applying(plan));
    const runs = join(stateDir, 'cleanup', 'runs');
    mkdirSync(runs, { recursive: true });
    const before = new Set(readdirSync(runs));
    // A collector that hears no result sends the command with every session.
    send(apply);
    const journal = (): string => {
      const name = readdirSync(runs).find((one) => one.endsWith('.jsonl') && !before.has(one));
      return name === undefined ? '' : readFileSync(join(runs, name), 'utf8');
    };
    while (journal().split('"image-ended"').length <= 3) {
      assert.deepEqual(resultsOf(apply.id), []);
      await sleep(2);
    }
    await first.end('SIGKILL');
    assert.deepEqual(resultsOf(apply.id), []);

    await startAgent(context, ...MAY_REMOVE, '--trusted-keys', keys);
    const result = await resultOf(apply);
    const receipt = receiptOf(result);
    assert.equal(receipt.commandId, apply.id);
    assert.notEqual(receipt.outcome, undefined);
    const gone = receipt.images.filter(({ status }) => status === 'quarantined').length;
    // How far the run came without its agent is its own affair; that it is told as it is, is not.
    assert.ok(gone >= 2, result.message);
    assert.equal(result.outcome, gone === receipt.images.length ? 'done' : 'failed', result.message);
    assert.equal(await listed(), present - gone);
    await order(command({ kind: 'ping' }));
    await sleep(500);
    assert.equal(resultsOf(apply.id).length, 1);
    assert.equal(readdirSync(runs).filter((one) => !before.has(one)).length, 1);
    await verified();
  });
});
