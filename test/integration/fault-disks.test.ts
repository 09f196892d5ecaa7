import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertAlternating, assertConverges, assertWhole, knows } from '../support/fault-checks.ts';
import { jumpingClock, needsFaketime } from '../support/fault-clock.ts';
import type { StoredEvent } from '../support/fault-events.ts';
import { faultPlace } from '../support/fault-node.ts';
import type { CollectorProgram } from '../support/fault-programs.ts';
import { fill } from '../support/full-disk.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';

// What disks and clocks do to agents and collectors in processes of their own.

const SECONDS = 150;
/** Of the node. */
const IMAGES = 2;
const skip = needsRoot() || needsCommands('containerd', 'ctr');

/** Until so many rows of events are in the collector's database. */
async function eventCount(collector: CollectorProgram, count: number): Promise<void> {
  await eventually(
    async () => {
      const { httpAddress } = collector;
      const text = await (await fetch(`http://${httpAddress}/metrics`)).text();
      return Number(/^tallyman_store_rows\{table="events"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    },
    (stored) => stored >= count,
    SECONDS,
  );
}

function losses(events: readonly StoredEvent[]): readonly string[] {
  return events.flatMap(({ body }) => (body.kind === 'loss' ? [body.reason] : []));
}

function statuses(events: readonly StoredEvent[]): readonly string[] {
  return events.flatMap(({ body }) => (body.kind === 'engine-change' ? [body.status] : []));
}

const DAMAGES: Readonly<Record<string, (file: Buffer) => Buffer>> = {
  torn: (file) => file.subarray(0, Math.floor(file.length / 2) + 100),
  zeroed: (file) => Buffer.alloc(file.length),
  garbage: (file) => Buffer.from(file.map((byte, at) => byte ^ ((at * 131) & 255))),
};

test(
  'a damaged memory of the node is set aside and told, and the agent goes on',
  { skip },
  async (context) => {
    const { bench, node } = await faultPlace(context, IMAGES);
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, node.flags);
    const file = join(agent.stateDir, 'state.db');
    await agent.start();
    await knows(collector.api, node);
    for (const [name, damage] of Object.entries(DAMAGES)) {
      await agent.end();
      writeFileSync(file, damage(readFileSync(file)));
      await agent.start();
      await node.tag(`${name}:1`);
      await assertConverges(context, collector.api, node);
      assert.equal(agent.isAlive, true, name);
    }
    await eventCount(collector, 3);
    const told = losses(await assertWhole(context, { bench, node, collector, agent }));
    assert.equal(told.length, 3, JSON.stringify(told));
    for (const reason of told)
      assert.match(reason, /was (corrupt|foreign) and set aside; events that waited/);
  },
);

test(
  'a node put back from a backup tells its new events, and that some may be lost',
  { skip },
  async (context) => {
    const { bench, node } = await faultPlace(context, IMAGES);
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, node.flags);
    const backup = join(bench.folder, 'backup');
    await agent.start();
    await knows(collector.api, node);
    await node.loseEngine(agent);
    await eventCount(collector, 2);
    await agent.end();
    cpSync(agent.stateDir, backup, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    await agent.start();
    await knows(collector.api, node);
    await node.loseEngine(agent);
    await eventCount(collector, 4);
    await agent.end('SIGKILL');
    rmSync(agent.stateDir, { recursive: true });
    cpSync(backup, agent.stateDir, { recursive: true });
    await agent.start();
    await assertConverges(context, collector.api, node);
    await node.loseEngine(agent);
    await eventCount(collector, 7);

    const events = await assertWhole(context, { bench, node, collector, agent });
    const epochs = [...new Set(events.map(({ epoch }) => epoch))];
    assert.equal(epochs.length, 2);
    const later = events.filter(({ epoch }) => epoch === epochs[1]);
    assert.equal(statuses(events.filter(({ epoch }) => epoch === epochs[0])).length, 4);
    assert.equal(statuses(later).length, 2);
    assert.match(
      losses(later)[0] ?? '',
      /put back from an old copy that ends with event 2 .* collector has 4/,
    );
    assert.equal(later.length, 3);
  },
);

test(
  'a node whose disk is full goes on reporting, and tells later what it could not keep',
  { skip },
  async (context) => {
    const { bench, node } = await faultPlace(context, IMAGES);
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, node.flags);
    bench.smallDisk(agent.stateDir, '4m');
    await agent.start();
    await knows(collector.api, node);
    const filler = fill(agent.stateDir);
    await node.tag('while-full:1');
    await knows(collector.api, node);
    // More than the pages that are free already hold.
    for (let time = 0; time < 3; time += 1) {
      await node.loseEngine(agent);
      await knows(collector.api, node);
    }
    rmSync(filler);
    await node.loseEngine(agent);
    const events = await assertWhole(context, { bench, node, collector, agent });
    const lost = events.reduce((sum, { body }) => sum + (body.kind === 'loss' ? body.count : 0), 0);
    context.diagnostic(`${statuses(events).length} changes told, ${lost} told as lost`);
    assert.equal(statuses(events).length + lost, 8);
  },
);

test(
  'a collector whose disk is full refuses, and has everything once there is room',
  { skip },
  async (context) => {
    const { bench, node } = await faultPlace(context, IMAGES);
    const disk = join(bench.folder, 'collector');
    bench.smallDisk(disk, '6m');
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, node.flags);
    await agent.start();
    await knows(collector.api, node);
    const filler = fill(disk);
    for (let at = 0; at < 40; at += 1) await node.tag(`while-full-${at}:1`);
    await node.loseEngine(agent);
    await eventually(
      async () => collector.log().some(({ message }) => message === 'session broken off'),
      Boolean,
      SECONDS,
    );
    assert.equal(collector.isAlive, true);
    rmSync(filler);
    await assertConverges(context, collector.api, node);
    await eventCount(collector, 2);
    const events = await assertWhole(context, { bench, node, collector, agent });
    assert.equal(statuses(events).length, 2);
  },
);

const skipClock = skip || needsFaketime();

/** In the order of their coming, hours, minutes and days from the real time. */
const JUMPS = ['+3h', '-20m', '+2d', '-1h', '+0'];

test(
  'clocks of nodes that jump do not part them from their collector',
  { skip: skipClock },
  async (context) => {
    const { bench, node } = await faultPlace(context, IMAGES);
    const collector = await bench.collector('collector');
    const clock = jumpingClock(bench, 'agent');
    const agent = bench.agent('agent', collector.grpcPort, node.flags, clock.environment);
    await agent.start();
    await knows(collector.api, node);
    for (const [at, offset] of JUMPS.entries()) {
      clock.set(offset);
      await node.tag(`jump-${at}:1`);
      await assertConverges(context, collector.api, node);
      await node.loseEngine(agent);
      await knows(collector.api, node);
    }
    await eventCount(collector, 10);
    const events = await assertWhole(context, { bench, node, collector, agent });
    assert.equal(statuses(events).length, 10);
    assertAlternating(events);
    assert.ok(jumpedBack(events.map(({ time }) => time)), 'the clock did jump');
  },
);

test(
  'a collector whose clock jumps loses nothing, and turns nobody away',
  { skip: skipClock },
  async (context) => {
    const { bench, node } = await faultPlace(context, IMAGES);
    const clock = jumpingClock(bench, 'collector');
    const { environment } = clock;
    const collector = await bench.collector('collector', ['--verify-share', '1'], { environment });
    const agent = bench.agent('agent', collector.grpcPort, node.flags);
    await agent.start();
    await knows(collector.api, node);
    for (const [at, offset] of ['+2d', '-1h', '+0'].entries()) {
      clock.set(offset);
      // What it wrote down of the last session is of another time, and another agent speaks for the node.
      if (at < 2) await agent.end('SIGKILL');
      if (at === 1) await collector.end('SIGKILL');
      if (at === 1) await collector.start();
      if (at < 2) await agent.start();
      await node.tag(`jump-${at}:1`);
      await assertConverges(context, collector.api, node);
      await node.loseEngine(agent);
      await knows(collector.api, node);
    }
    await eventCount(collector, 6);
    assert.deepEqual(await collector.api.all('refusals'), []);
    const events = await assertWhole(context, { bench, node, collector, agent });
    assert.equal(statuses(events).length, 6);
    assertAlternating(events);
    const sessions = collector.log().filter(({ message }) => message === 'agent connected');
    assert.ok(jumpedBack(sessions.map(({ time }) => Number(new Date(String(time))))), 'the clock did jump');
  },
);

function jumpedBack(times: readonly number[]): boolean {
  return times.some((time, at) => time < (times[at - 1] ?? 0));
}
