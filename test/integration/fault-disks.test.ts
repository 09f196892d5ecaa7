import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startContainerd, type TestContainerd } from '../support/containerd.ts';
import { assertConverges, assertWhole, knows } from '../support/fault-checks.ts';
import { imageName, importImages, loseEngine, type StoredEvent } from '../support/fault-node.ts';
import { faultBench, type CollectorProgram, type FaultBench } from '../support/fault-programs.ts';
import { needsCommands, needsRoot } from '../support/requirements.ts';
import { eventually } from '../support/system.ts';

// What disks and clocks do to agents and collectors in processes of their own.

const SECONDS = 150;
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
const skip = needsRoot() || needsCommands('containerd', 'ctr');

interface Place {
  readonly engine: TestContainerd;
  readonly bench: FaultBench;
  readonly withEngine: readonly string[];
}

/** A node with two images. */
async function place(context: TestContext): Promise<Place> {
  const engine = await startContainerd({ cri: false });
  context.after(() => engine.stop());
  await importImages(engine, 2);
  const bench = await faultBench();
  context.after(() => bench.stop());
  return { engine, bench, withEngine: ['--containerd-address', engine.address] };
}

/** Takes what is left of a small file system. */
function fill(folder: string): string {
  const filler = join(folder, 'filler');
  for (const size of [1 << 20, 1 << 12, 1]) {
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
  return filler;
}

function known(collector: CollectorProgram, ...names: readonly string[]): Promise<void> {
  return knows(collector.api, names);
}

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

const BASE = [imageName(0), imageName(1)];

const DAMAGES: Readonly<Record<string, (file: Buffer) => Buffer>> = {
  torn: (file) => file.subarray(0, Math.floor(file.length / 2) + 100),
  zeroed: (file) => Buffer.alloc(file.length),
  garbage: (file) => Buffer.from(file.map((byte, at) => byte ^ ((at * 131) & 255))),
};

test(
  'a damaged memory of the node is set aside and told, and the agent goes on',
  { skip },
  async (context) => {
    const { bench, engine, withEngine } = await place(context);
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, withEngine);
    const file = join(agent.stateDir, 'state.db');
    await agent.start();
    await known(collector, ...BASE);
    const names = [...BASE];
    for (const [name, damage] of Object.entries(DAMAGES)) {
      await agent.end();
      writeFileSync(file, damage(readFileSync(file)));
      await agent.start();
      await engine.ctr('images', 'tag', imageName(0), `${name}:1`);
      names.push(`${name}:1`);
      await assertConverges(context, collector.api, names);
      assert.equal(agent.isAlive, true, name);
    }
    await eventCount(collector, 3);
    const told = losses(
      await assertWhole(context, { bench, collector, agent, containerd: engine.address, names }),
    );
    assert.equal(told.length, 3, JSON.stringify(told));
    for (const reason of told)
      assert.match(reason, /was (corrupt|foreign) and set aside; events that waited/);
  },
);

test(
  'a node put back from a backup tells its new events, and that some may be lost',
  { skip },
  async (context) => {
    const { bench, engine, withEngine } = await place(context);
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, withEngine);
    const backup = join(bench.folder, 'backup');
    await agent.start();
    await known(collector, ...BASE);
    await loseEngine(engine, agent);
    await eventCount(collector, 2);
    await agent.end();
    cpSync(agent.stateDir, backup, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    await agent.start();
    await known(collector, ...BASE);
    await loseEngine(engine, agent);
    await eventCount(collector, 4);
    await agent.end('SIGKILL');
    rmSync(agent.stateDir, { recursive: true });
    cpSync(backup, agent.stateDir, { recursive: true });
    await agent.start();
    await assertConverges(context, collector.api, BASE);
    await loseEngine(engine, agent);
    await eventCount(collector, 7);

    const events = await assertWhole(context, {
      bench,
      collector,
      agent,
      containerd: engine.address,
      names: BASE,
    });
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
    const { bench, engine, withEngine } = await place(context);
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, withEngine);
    bench.smallDisk(agent.stateDir, '4m');
    await agent.start();
    await known(collector, ...BASE);
    const filler = fill(agent.stateDir);
    await engine.ctr('images', 'tag', imageName(0), 'while-full:1');
    await known(collector, ...BASE, 'while-full:1');
    // More than the pages that are free already hold.
    for (let time = 0; time < 3; time += 1) {
      await loseEngine(engine, agent);
      await known(collector, ...BASE, 'while-full:1');
    }
    rmSync(filler);
    await loseEngine(engine, agent);
    const names = [...BASE, 'while-full:1'];
    const events = await assertWhole(context, { bench, collector, agent, containerd: engine.address, names });
    const lost = events.reduce((sum, { body }) => sum + (body.kind === 'loss' ? body.count : 0), 0);
    context.diagnostic(`${statuses(events).length} changes told, ${lost} told as lost`);
    assert.equal(statuses(events).length + lost, 8);
  },
);

test(
  'a collector whose disk is full refuses, and has everything once there is room',
  { skip },
  async (context) => {
    const { bench, engine, withEngine } = await place(context);
    const disk = join(bench.folder, 'collector');
    bench.smallDisk(disk, '6m');
    const collector = await bench.collector('collector');
    const agent = bench.agent('agent', collector.grpcPort, withEngine);
    await agent.start();
    await known(collector, ...BASE);
    const filler = fill(disk);
    for (let at = 0; at < 40; at += 1) await engine.ctr('images', 'tag', imageName(0), `while-full-${at}:1`);
    await loseEngine(engine, agent);
    await eventually(
      async () => collector.log().some(({ message }) => message === 'session broken off'),
      Boolean,
      SECONDS,
    );
    assert.equal(collector.isAlive, true);
    rmSync(filler);
    const names = [...BASE, ...Array.from({ length: 40 }, (_, at) => `while-full-${at}:1`)];
    await assertConverges(context, collector.api, names);
    await eventCount(collector, 2);
    const events = await assertWhole(context, { bench, collector, agent, containerd: engine.address, names });
    assert.equal(statuses(events).length, 2);
  },
);

const skipClock = skip || (statSync(FAKETIME, { throwIfNoEntry: false }) ? false : 'needs libfaketime');

test('clocks that jump do not part the node from its collector', { skip: skipClock }, async (context) => {
  const { bench, engine, withEngine } = await place(context);
  const collector = await bench.collector('collector');
  const clock = join(bench.folder, 'clock');
  writeFileSync(clock, '+0');
  const agent = bench.agent('agent', collector.grpcPort, withEngine, [
    `LD_PRELOAD=${FAKETIME}`,
    `FAKETIME_TIMESTAMP_FILE=${clock}`,
    'FAKETIME_NO_CACHE=1',
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
  ]);
  await agent.start();
  await known(collector, ...BASE);
  const names = [...BASE];
  for (const [at, offset] of ['+3h', '-20m', '+2d', '-1h', '+0'].entries()) {
    writeFileSync(clock, offset);
    await engine.ctr('images', 'tag', imageName(0), `jump-${at}:1`);
    names.push(`jump-${at}:1`);
    await assertConverges(context, collector.api, names);
    await loseEngine(engine, agent);
    await known(collector, ...names);
  }
  await eventCount(collector, 10);
  const events = await assertWhole(context, { bench, collector, agent, containerd: engine.address, names });
  assert.equal(statuses(events).length, 10);
  const times = events.map(({ time }) => time);
  assert.ok(
    times.some((time, at) => time < (times[at - 1] ?? 0)),
    'the clock did jump',
  );
});
