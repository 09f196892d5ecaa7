import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test, type TestContext } from 'node:test';
import type { State } from '../../agent/state/state.ts';
import { EventLog, numberedOutbox } from '../../agent/tasks/event-log.ts';
import type { EventOutbox, Uplink } from '../../agent/uplink/uplink.ts';
import { needsRoot } from '../support/requirements.ts';
import { hostItem, processItem, sessionBench, until, type SessionBench } from '../support/session-bench.ts';
import { temporaryFolder, testState } from '../support/state.ts';

// An agent whose disk is full while events wait that the collector is to get.

const skip = needsRoot();
const WAITING = 50;

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

/** A disk of 2 MiB. */
function smallDisk(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tallyman-test', folder]);
  context.after(() => {
    execFileSync('umount', ['--lazy', folder]);
    rmdirSync(folder);
  });
  return folder;
}

/** Takes all that is left; answers the file to remove. */
function fill(folder: string): string {
  const filler = join(folder, 'filler');
  assert.throws(() => {
    for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
  }, /ENOSPC/);
  return filler;
}

function addEvents(state: State, count: number): void {
  const log = new EventLog(state.outbox, Date.now, () => undefined);
  for (let at = 0; at < count; at += 1)
    log.add({ kind: 'engine-change', engine: 'docker', status: 'degraded', message: 'x'.repeat(4000) });
}

function agentOver(port: number, outbox: EventOutbox): Uplink {
  const uplink = bench.agent(port, { outbox });
  uplink.setState([hostItem()]);
  uplink.start();
  return uplink;
}

/** Numbers of what the collector stored, over all epochs, in order. */
function stored(): number[] {
  return [...bench.store.node('node-1').events.values()].flat().map(({ number }) => number);
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

test(
  'a full disk with events waiting silences no node, and no event is sent twice',
  { skip },
  async (context) => {
    const folder = smallDisk(context);
    const state = testState(context, folder);
    state.outbox.confirm(0);
    addEvents(state, WAITING);
    const filler = fill(folder);
    const { port } = await bench.collect();
    let told = 0;
    const outbox = numberedOutbox(state.outbox, { restored: assert.fail, noRoom: () => (told += 1) });
    const first = agentOver(port, outbox);
    await until('none waits any more', () => outbox.count() === 0);
    assert.deepEqual(stored(), upTo(WAITING));
    assert.equal(told, 1);
    assert.ok(state.outbox.bytes > 200_000, 'their rows are still there');
    first.setState([hostItem(), processItem(7)]);
    await until('the state goes on', () => bench.store.node('node-1').items.size === 2);
    await first.close(0);

    const second = agentOver(port, outbox);
    await until('it is connected', () => second.status().connected);
    rmSync(filler);
    addEvents(state, 1);
    second.notifyEvents();
    await until('the rows are gone', () => state.outbox.bytes === 0);
    assert.deepEqual(stored(), upTo(WAITING + 1));
    assert.equal(bench.store.calls.get('putEvents'), 2);
    assert.equal(told, 1);
  },
);

test(
  'an agent that is killed while its disk is full has the next one send nothing twice',
  { skip },
  async (context) => {
    const folder = smallDisk(context);
    const state = testState(context, folder);
    // Before a collector has confirmed the epoch, which the file then says.
    addEvents(state, WAITING);
    const filler = fill(folder);
    const { port } = await bench.collect();
    const notices = { restored: assert.fail, noRoom: () => undefined };
    const first = agentOver(port, numberedOutbox(state.outbox, notices));
    await until('the state is stored', () => bench.store.node('node-1').items.size === 1);
    await first.close(0);

    const copy = temporaryFolder(context);
    cpSync(folder, copy, { recursive: true, filter: (path) => path !== filler });
    const next = testState(context, copy);
    addEvents(next, 1);
    const second = agentOver(port, numberedOutbox(next.outbox, notices));
    await until('none waits any more', () => next.outbox.count() === 0);
    assert.deepEqual(stored(), upTo(WAITING + 1));
    assert.equal(bench.store.node('node-1').events.size, 1);
    await second.close(0);
  },
);
