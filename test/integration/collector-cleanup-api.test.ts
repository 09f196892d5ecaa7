import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { startApi, type Api } from '../../collector/api/api.ts';
import { FleetCleanup } from '../../collector/cleanup/fleet-cleanup.ts';
import { openSqliteStore } from '../../collector/store/sqlite/sqlite-store.ts';
import type { Store } from '../../collector/store/store.ts';
import { makePlan } from '../../core/cleanup/make-plan.ts';
import { createLogger } from '../../platform/logging.ts';
import { MetricsRegistry } from '../../platform/metrics.ts';
import { sha256Hex } from '../../platform/sha256.ts';
import { decodeCommand, encodeCommand, type Command } from '../../proto/codec/command.ts';
import { packDetail } from '../../proto/codec/command-detail.ts';
import { signCommand } from '../../proto/codec/command-signature.ts';
import type { Outcome } from '../../proto/codec/event.ts';
import type { IncomingEvent } from '../../collector/ingest/ingest-store.ts';
import { planInput, staleImage, storageOf } from '../support/cleanup-node.ts';
import { startNode } from '../support/fleet.ts';
import { answerChecker, type OpenApi } from '../support/openapi.ts';
import { eventually } from '../support/system.ts';

const logger = createLogger({ component: 'test', level: 'silent' });
const HOUR = 3_600_000;

/** Nodes that answer as agents do, without engines: what the collector makes of their words is asked here. */
class Nodes {
  readonly connected = new Set<string>();
  readonly commands: Command[] = [];
  /** Status of the image in a node's receipts. */
  readonly becomes = new Map<string, 'quarantined' | 'conflict'>();
  readonly #store: Store;
  readonly #changed: () => void;
  #number = 0;

  constructor(store: Store, changed: () => void) {
    this.#store = store;
    this.#changed = changed;
  }

  async join(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await startNode(this.#store, name, Date.now());
      this.connected.add(name);
    }
  }

  deliver(node: string): void {
    if (this.connected.has(node)) void this.#take(node);
  }

  async #take(node: string): Promise<void> {
    for (const { id, payload } of await this.#store.pendingCommands(node, Date.now())) {
      if (this.commands.some((command) => command.id === id)) continue;
      const command = decodeCommand(payload);
      this.commands.push(command);
      await this.#answer(command);
    }
  }

  async #answer({ id, node, action, issuer }: Command): Promise<void> {
    if (action.kind === 'plan-cleanup') {
      const plan = planOf(node, JSON.parse(Buffer.from(action.policy).toString()) as object);
      await this.#tell(node, id, 'done', { plan });
    }
    if (action.kind === 'apply-plan') {
      const status = this.becomes.get(node) ?? 'quarantined';
      await this.#receipt(node, action.planId, issuer, status);
      await this.#tell(node, id, 'done', { receipt: { runId: `run-${node}` } });
    }
    if (action.kind === 'undo') {
      await this.#receipt(node, 'plan', issuer, 'restored');
      await this.#tell(node, id, 'done', {});
    }
    this.#changed();
  }

  async #receipt(
    node: string,
    planId: string,
    issuer: string,
    status: 'quarantined' | 'conflict' | 'restored',
  ): Promise<void> {
    const item = { imageId: 'i', names: ['a:1'], status, why: 'old', predictedBytes: 5, measuredBytes: 0 };
    await this.#event(node, {
      kind: 'receipt',
      receipt: {
        runId: `run-${node}`,
        planId,
        issuer,
        begunAt: Date.now(),
        endedAt: Date.now(),
        outcome: status === 'conflict' ? 'partial' : 'done',
        ...(status === 'quarantined' && { undoUntil: Date.now() + HOUR }),
        predictedBytes: 5,
        measuredBytes: 0,
        items: [item],
      },
    });
  }

  async #tell(node: string, commandId: string, outcome: Outcome, detail: object): Promise<void> {
    const packed = packDetail(detail);
    const commandResult = {
      commandId,
      outcome,
      message: 'Done.',
      ...(packed && { detail: packed }),
      audit: { hash: 'abc', sequence: 1 },
    };
    await this.#event(node, { kind: 'command-result', commandResult });
  }

  async #event(
    node: string,
    event: Pick<IncomingEvent, 'kind' | 'receipt' | 'commandResult'>,
  ): Promise<void> {
    this.#number += 1;
    const whole = { number: this.#number, time: 1, payload: new Uint8Array(), ...event };
    await this.#store.putEvents(node, 'epoch-1', [whole], Date.now());
  }
}

/** One old image goes; `policy` is what the node was asked for. */
function planOf(node: string, policy: object) {
  const images = node === 'clean' ? [] : [staleImage('old')];
  const storage = storageOf({ old: ['layer:5'] });
  return makePlan(planInput(images, { node, storage, policy }), sha256Hex);
}

let folder: string;
let store: Store;
let nodes: Nodes;
let cleanup: FleetCleanup;
let api: Api;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tallyman-cleanup-api-'));
  store = openSqliteStore(folder, (error) => {
    throw error;
  });
  nodes = new Nodes(store, () => cleanup.changed());
  await begin();
});

afterEach(async () => {
  await api.close();
  await cleanup.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

async function begin(): Promise<void> {
  cleanup = new FleetCleanup({
    store,
    deliver: (node) => nodes.deliver(node),
    connected: () => nodes.connected,
    clock: Date.now,
    logger,
  });
  await cleanup.start();
  api = await startApi({
    store,
    cleanup,
    clock: Date.now,
    listen: { host: '127.0.0.1', port: 0 },
    access: { open: false },
    version: '1.2.3',
    registry: new MetricsRegistry(),
    readiness: () => Promise.resolve({ ready: true, reasons: [] }),
    logger,
  });
}

async function ask<T>(method: string, path: string, body?: object): Promise<{ status: number; answer: T }> {
  const response = await fetch(`http://127.0.0.1:${api.address.port}/api/v1${path}`, {
    method,
    ...(body && {
      body: JSON.stringify({ issuer: 'anna', ...body }),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { status: response.status, answer: (await response.json()) as T };
}

async function good<T>(method: string, path: string, body?: object): Promise<T> {
  const { status, answer } = await ask<T>(method, path, body);
  assert.equal(status, 200, JSON.stringify(answer));
  return answer;
}

interface PlanAnswer {
  readonly state: string;
  readonly policy: { readonly verdicts: readonly unknown[] };
  readonly nodes: readonly {
    readonly node: string;
    readonly state: string;
    readonly images?: number;
    readonly planId?: string;
    readonly stateHash?: string;
  }[];
}

interface RolloutAnswer {
  readonly phase: string;
  readonly why?: string;
  readonly undoRound: number;
  readonly nodes: readonly { readonly node: string; readonly state: string; readonly undo?: string }[];
}

async function planned(body: object = {}): Promise<PlanAnswer> {
  await good('POST', '/cleanup/plans', { id: 'p1', ...body });
  return await eventually(
    () => good<PlanAnswer>('GET', '/cleanup/plans/p1'),
    ({ state }) => state === 'whole',
  );
}

async function rolloutIn(phase: string): Promise<RolloutAnswer> {
  return await eventually(
    () => good<RolloutAnswer>('GET', '/cleanup/rollouts/r1'),
    (rollout) => rollout.phase === phase,
  );
}

function states({ nodes: list }: RolloutAnswer): string[] {
  return list.map(({ node, state, undo }) => `${node} ${state}${undo === undefined ? '' : ` ${undo}`}`);
}

const quick = { pauseMs: 0 };

test('plans are gathered, carried out and undone, and every answer fits its schema', async () => {
  await nodes.join('a', 'b', 'c', 'clean');
  const entries = [{ digest: `sha256:${'0'.repeat(64)}`, reason: 'vulnerable' }];
  await good('PUT', '/cleanup/verdicts/bad', { entries });
  const plan = await planned({ nodes: ['a', 'b', 'c*', 'clean'], verdicts: 'bad' });
  assert.deepEqual(
    plan.nodes.map(({ node, state, images }) => [node, state, images]),
    [
      ['a', 'planned', 1],
      ['b', 'planned', 1],
      ['c', 'planned', 1],
      ['clean', 'planned', 0],
    ],
  );
  assert.deepEqual(plan.policy.verdicts, entries);

  await good('POST', '/cleanup/rollouts', { id: 'r1', planId: 'p1', settings: quick });
  const done = await rolloutIn('done');
  assert.deepEqual(states(done), ['a done', 'b done', 'c done', 'clean left-out']);
  await good('POST', '/cleanup/rollouts/r1/undo', {});
  const undone = await rolloutIn('undone');
  assert.deepEqual(states(undone), ['a done done', 'b done done', 'c done done', 'clean left-out']);

  const document = (await (
    await fetch(`http://127.0.0.1:${api.address.port}/api/openapi.json`)
  ).json()) as OpenApi;
  const check = answerChecker(document);
  const { items: commands } = await good<{ readonly items: readonly { readonly state: string }[] }>(
    'GET',
    '/commands',
  );
  assert.equal(commands.length, 10);
  assert.ok(commands.every(({ state }) => state === 'done'));
  await eventually(
    () => good<{ readonly items: readonly unknown[] }>('GET', '/audit'),
    ({ items }) => items.length === 23,
  );
  for (const [path, address] of [
    ['/cleanup/plans', '/cleanup/plans'],
    ['/cleanup/plans/{plan}', '/cleanup/plans/p1'],
    ['/cleanup/plans/{plan}/nodes/{node}', '/cleanup/plans/p1/nodes/a'],
    ['/cleanup/rollouts', '/cleanup/rollouts'],
    ['/cleanup/rollouts/{rollout}', '/cleanup/rollouts/r1'],
    ['/cleanup/receipts', '/cleanup/receipts?node=a&since=1'],
    ['/cleanup/receipts/{node}/{run}', '/cleanup/receipts/a/run-a'],
    ['/cleanup/verdicts', '/cleanup/verdicts'],
    ['/cleanup/verdicts/{list}', '/cleanup/verdicts/bad'],
    ['/commands', '/commands?node=b'],
    ['/commands/{command}', '/commands/r1.apply.a'],
    ['/audit', '/audit?from=2&limit=5'],
    ['/audit/verification', '/audit/verification'],
  ] as const) {
    const answer = await good<{ readonly items?: readonly unknown[] }>('GET', address);
    assert.equal(check(`/api/v1${path}`, '200', answer), '', path);
    if (answer.items !== undefined) assert.ok(answer.items.length > 0, path);
  }
  assert.equal((await good<{ readonly kind: string }>('GET', '/audit/verification')).kind, 'whole');
  await good('DELETE', '/cleanup/verdicts/bad?issuer=anna');
  assert.equal((await ask('GET', '/cleanup/verdicts/bad')).status, 404);
});

test('a node that is not connected is listed as such, and is asked when it connects', async () => {
  await nodes.join('a', 'b');
  nodes.connected.delete('b');
  await good('POST', '/cleanup/plans', { id: 'p1', nodes: ['a', 'b'] });
  const waiting = await eventually(
    () => good<PlanAnswer>('GET', '/cleanup/plans/p1'),
    (plan) => plan.nodes[0]?.state === 'planned',
  );
  assert.deepEqual(
    waiting.nodes.map(({ state }) => state),
    ['planned', 'disconnected'],
  );
  const refused = await ask('POST', '/cleanup/rollouts', { id: 'r1', planId: 'p1' });
  assert.equal(refused.status, 409);
  nodes.connected.add('b');
  nodes.deliver('b');
  await eventually(
    () => good<PlanAnswer>('GET', '/cleanup/plans/p1'),
    ({ state }) => state === 'whole',
  );
});

test('a surprise stops a rollout; a person lets it go on, or has it stopped', async () => {
  await nodes.join('a', 'b', 'c');
  nodes.becomes.set('a', 'conflict');
  await planned();
  await good('POST', '/cleanup/rollouts', { id: 'r1', planId: 'p1', settings: quick });
  const stopped = await rolloutIn('stopped');
  assert.deepEqual(states(stopped), ['a surprising', 'b waiting', 'c waiting']);
  assert.equal(stopped.why, 'a: 1 image of 1 was not removed (conflict)');
  assert.equal((await ask('POST', '/cleanup/rollouts/r1/stop', {})).status, 409);
  await good('POST', '/cleanup/rollouts/r1/continue', {});
  assert.deepEqual(states(await rolloutIn('done')), ['a surprising', 'b done', 'c done']);
  const again = await good<RolloutAnswer>('POST', '/cleanup/rollouts', { id: 'r1', planId: 'p1' });
  assert.equal(again.phase, 'done', 'the same id is the same rollout');
});

test('a collector that starts anew goes on where it was', async () => {
  await nodes.join('a', 'b');
  await planned();
  await good('POST', '/cleanup/rollouts', { id: 'r1', planId: 'p1', settings: { pauseMs: 1500 } });
  await rolloutIn('pausing');
  await api.close();
  await cleanup.close();
  await begin();
  assert.deepEqual(states(await rolloutIn('done')), ['a done', 'b done']);
  const applies = nodes.commands.filter(({ action }) => action.kind === 'apply-plan');
  assert.deepEqual(
    applies.map(({ id }) => id),
    ['r1.apply.a', 'r1.apply.b'],
  );
});

test('commands that people signed go out just as they are, and only those that are meant', async () => {
  await nodes.join('a', 'b');
  const plan = await planned();
  const { privateKey } = generateKeyPairSync('ed25519');
  const signed = (node: string, changes: Partial<Command> = {}): string => {
    const { planId = '', stateHash = '' } = plan.nodes.find((one) => one.node === node) ?? {};
    const command: Command = {
      id: `r1.apply.${node}`,
      issuer: 'anna',
      issuedAt: Date.now(),
      expiresAt: Date.now() + HOUR,
      node,
      action: { kind: 'apply-plan', planId, stateHash: Buffer.from(stateHash, 'hex') },
      ...changes,
    };
    return Buffer.from(encodeCommand(signCommand(command, privateKey))).toString('base64');
  };
  const create = async (commands: Record<string, string>) =>
    await ask<{ readonly detail?: string }>('POST', '/cleanup/rollouts', {
      id: 'r1',
      planId: 'p1',
      settings: quick,
      commands,
    });
  const a = signed('a');
  for (const [commands, detail] of [
    [{ a }, /no signed command for node b/],
    [{ a, b: signed('a') }, /is meant for node a/],
    [{ a, b: signed('b', { id: 'x' }) }, /must have r1\.apply\.b/],
    [{ a, b: signed('b', { expiresAt: 1 }) }, /has expired/],
    [{ a, b: signed('b', { action: { kind: 'ping' } }) }, /orders something else/],
    [{ a, b: 'AAAA' }, /cannot be read/],
  ] as const) {
    const { status, answer } = await create(commands);
    assert.equal(status, 400);
    assert.match(answer.detail ?? '', detail);
  }
  const b = signed('b');
  assert.equal((await create({ a, b })).status, 200);
  await rolloutIn('done');
  const sent = nodes.commands.filter(({ action }) => action.kind === 'apply-plan');
  assert.deepEqual(
    sent.map((command) => Buffer.from(encodeCommand(command)).toString('base64')),
    [a, b],
  );
});

test('one receipt is undone by a command of its own', async () => {
  await nodes.join('a');
  await planned();
  await good('POST', '/cleanup/rollouts', { id: 'r1', planId: 'p1', settings: quick });
  await rolloutIn('done');
  const path = '/cleanup/receipts/a/run-a/undo';
  await good('POST', path, { id: 'u1', reason: 'a mistake', imageIds: ['i'] });
  await eventually(
    () => good<{ readonly state: string }>('GET', '/commands/u1'),
    ({ state }) => state === 'done',
  );
  assert.equal((await ask('POST', path, { id: 'u2' })).status, 409);
  assert.equal((await ask('POST', '/cleanup/receipts/a/none/undo', { id: 'u3' })).status, 404);
});

test('what is asked wrongly is a problem that says what is wrong', async () => {
  await nodes.join('a');
  for (const [method, path, body, status, detail] of [
    ['POST', '/cleanup/plans', { id: 'p', nodes: ['x*'] }, 404, /no node is known by x\*/],
    [
      'POST',
      '/cleanup/plans',
      { id: 'p', policy: { unsedFor: 1 } },
      400,
      /"unsedFor" is no part of a policy/,
    ],
    ['POST', '/cleanup/plans', { id: 'p', verdicts: 'none' }, 404, /no verdict list none/],
    ['POST', '/cleanup/plans', { id: '../p' }, 400, /field id must match/],
    ['POST', '/cleanup/plans', { id: 'p', odd: 1 }, 400, /no field odd here/],
    ['POST', '/cleanup/rollouts', { id: 'r', planId: 'none' }, 404, /no plan none/],
    ['POST', '/cleanup/rollouts/none/stop', {}, 404, /no rollout none/],
    ['GET', '/commands/none', undefined, 404, /command none is not known/],
    ['PUT', '/cleanup/verdicts/v', { entries: [{ digest: 'x', reason: 'y' }] }, 400, /must match pattern/],
  ] as const) {
    const { status: given, answer } = await ask<{ readonly detail: string }>(method, path, body);
    assert.equal(given, status, answer.detail);
    assert.match(answer.detail, detail);
  }
});
