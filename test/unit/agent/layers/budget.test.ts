import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBudget } from '../../../../agent/layers/budget.ts';
import { DEFAULT_LIMITS } from '../../../../agent/layers/layer-source.ts';

const limits = { ...DEFAULT_LIMITS, milliseconds: 1000 };

/** A clock, and a passage that holds whoever passes for as long as it is told to. */
function heldReading(): { clock: { now: number; hold: number }; budget: ReturnType<typeof startBudget> } {
  const clock = { now: 0, hold: 0 };
  const waited = { ms: 70_000 };
  const passage = {
    pass() {
      clock.now += clock.hold;
      waited.ms += clock.hold;
    },
    get waitedMs() {
      return waited.ms;
    },
  };
  return { clock, budget: startBudget({ limits, now: () => clock.now, passage }) };
}

test('time spent waiting at a gate is not part of what a layer may take', async () => {
  const { clock, budget } = heldReading();
  clock.hold = 5000;
  await budget.pause();
  clock.now += 900;
  await budget.pause();
  clock.hold = 0;
  clock.now += 200;
  await assert.rejects(budget.pause(), /took longer than 1000 ms/);
});

test('a layer that is never held has its time', async () => {
  const { clock, budget } = heldReading();
  clock.now = 1000;
  await budget.pause();
  clock.now = 1001;
  await assert.rejects(budget.pause(), /took longer than 1000 ms/);
});
