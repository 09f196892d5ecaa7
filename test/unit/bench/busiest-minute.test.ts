import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busiestMinute } from '../../../bench/support/busiest-minute.ts';

/** One reading a second; `cores` is what was taken in each. */
function readings(cores: readonly number[]): { readonly atMs: number; readonly cpuMs: number }[] {
  let cpuMs = 0;
  return [0, ...cores].map((share, at) => ({ atMs: at * 1000, cpuMs: (cpuMs += share * 1000) }));
}

const times = (count: number, share: number): readonly number[] => Array.from({ length: count }, () => share);

test('the busiest minute is found wherever it lies', () => {
  const { cores, overMs } = busiestMinute(
    readings([...times(50, 0.1), ...times(60, 0.5), ...times(50, 0.1)]),
  );
  assert.equal(cores.toFixed(3), '0.500');
  assert.equal(overMs, 60_000);
});

test('a burst counts over its minute', () => {
  const burst = [...times(10, 0), ...times(30, 1), ...times(200, 0)];
  assert.equal(busiestMinute(readings(burst)).cores.toFixed(3), '0.500');
});

test('less than a minute is taken whole', () => {
  assert.deepEqual(busiestMinute(readings(times(20, 0.25))), { cores: 0.25, overMs: 20_000 });
  assert.deepEqual(busiestMinute(readings([])), { cores: 0, overMs: 0 });
});
