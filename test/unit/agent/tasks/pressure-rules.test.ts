import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LONGEST_PAUSE_MS,
  nextPressureState,
  pauseText,
  type Contended,
  type Pressures,
  type PressureState,
} from '../../../../agent/tasks/pressure-rules.ts';

const LIMITS = { memory: 10, io: 20 };

/** A node on which something waits for each resource for so many percent of the time, and whoever looks at it. */
class Node {
  now = 1_000_000;
  state: PressureState = {};
  looks = 0;
  readonly #totals: Record<Contended, number> = { memory: 7, io: 7, 'own-memory': 7 };
  #recent: Partial<Record<Contended, number>> = {};

  /** That much of the next seconds, looked at four times each. `recent`: as the kernel averages it. */
  pass(seconds: number, percent: Partial<Record<Contended, number>>, recent = percent): this {
    this.#recent = recent;
    for (let step = 0; step < seconds * 4; step += 1) {
      this.now += 250;
      for (const resource of ['memory', 'io', 'own-memory'] as const)
        this.#totals[resource] += ((percent[resource] ?? 0) / 100) * 250;
      this.state = nextPressureState(this.state, () => this.#read(), LIMITS, this.now);
    }
    return this;
  }

  get paused(): Contended | undefined {
    return this.state.pause?.resource;
  }

  #read(): Pressures {
    this.looks += 1;
    const of = (resource: Contended): Pressures['io'] => ({
      recent: this.#recent[resource] ?? 0,
      totalMs: this.#totals[resource],
    });
    return { memory: of('memory'), io: of('io'), 'own-memory': of('own-memory') };
  }
}

for (const [what, percent, paused] of [
  ['a calm node', {}, undefined],
  ['IO at its limit', { io: 20 }, undefined],
  ['IO above its limit', { io: 21 }, 'io'],
  ['memory above its limit', { memory: 11 }, 'memory'],
  ["the agent's own memory above the limit of memory", { 'own-memory': 11 }, 'own-memory'],
  ['what is further above its limit is told', { io: 30, memory: 90 }, 'memory'],
] as const) {
  test(`before a scan: ${what}`, () => assert.equal(new Node().pass(0.25, percent).paused, paused));
  test(`during a scan: ${what}`, () => {
    const node = new Node().pass(0.25, {});
    assert.equal(node.paused, undefined);
    assert.equal(node.pass(10, percent).paused, paused);
  });
}

test('a pause lasts until the pressure is half of the limit', () => {
  const node = new Node().pass(0.25, { io: 50 });
  assert.equal(node.pass(60, { io: 40 }).paused, 'io');
  assert.equal(node.pass(60, { io: 12 }).paused, 'io');
  assert.equal(node.pass(4, { io: 9 }).paused, undefined);
});

test('another resource may prolong a pause', () => {
  const node = new Node().pass(0.25, { io: 50 });
  assert.equal(node.pass(4, { memory: 6 }).paused, 'memory');
});

test('pressure that the scan made itself ends with the first look, whatever the average still says', () => {
  const node = new Node().pass(0.25, {}).pass(10, { io: 70 });
  assert.equal(node.paused, 'io');
  assert.equal(node.pass(3.75, {}, { io: 40 }).paused, 'io');
  assert.equal(node.pass(0.25, {}, { io: 40 }).paused, undefined);
  assert.equal(node.pass(10, {}, { io: 25 }).paused, undefined);
});

test('a node that is always under pressure is scanned in short turns', () => {
  const node = new Node().pass(0.25, { io: 90 });
  let runs = 0;
  let pauses = 0;
  for (let quarter = 0; quarter < 4 * 3600; quarter += 1) {
    if (node.pass(0.25, { io: 90 }).paused === undefined) runs += 1;
    else pauses += 1;
  }
  assert.ok(runs > 0);
  assert.ok(pauses / runs > 25 && pauses / runs < 35, `${pauses} ${runs}`);
  assert.ok(LONGEST_PAUSE_MS <= 300_000);
});

test('the kernel is asked at the end of a window only', () => {
  const node = new Node().pass(0.25, {});
  node.pass(100, {});
  assert.equal(node.looks, 11);
});

test('a kernel that does not tell never pauses anything', () => {
  const unknown: Pressures = { memory: undefined, io: undefined, 'own-memory': undefined };
  let state: PressureState = {};
  for (let now = 0; now < 60_000; now += 1000) {
    state = nextPressureState(state, () => unknown, LIMITS, now);
    assert.equal(state.pause, undefined);
  }
});

test('a pause is told in words', () => {
  const pause = { percent: 33.6, limit: 20, since: 0 };
  assert.equal(pauseText({ ...pause, resource: 'io' }), 'IO pressure 34 % (limit 20 %)');
  assert.equal(
    pauseText({ ...pause, resource: 'own-memory' }),
    "the agent's memory pressure 34 % (limit 20 %)",
  );
});
