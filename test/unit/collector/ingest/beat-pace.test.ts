import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BeatPace } from '../../../../collector/ingest/beat-pace.ts';

const BEAT_MS = 1000;

function paceAt(start = 0): { readonly beat: (ms: number) => number; readonly said: number[] } {
  const said: number[] = [];
  let now = start;
  const pace = new BeatPace({ beatMs: BEAT_MS, now: () => now, onChange: (beatMs) => said.push(beatMs) });
  return {
    said,
    /** A beat interval passes in which messages take this long. */
    beat(ms) {
      for (let part = 0; part < 10; part += 1) {
        now += BEAT_MS / 10;
        pace.observe(ms);
      }
      return pace.beatMs / BEAT_MS;
    },
  };
}

test('a slow collector is asked less and less often, within bounds, and a quick one as before', () => {
  const { beat, said } = paceAt();
  assert.deepEqual(
    [300, 300, 300, 300, 300, 300].map((ms) => beat(ms)),
    [2, 4, 8, 16, 16, 16],
  );
  assert.equal(beat(100), 16, 'neither slow nor quick');
  assert.deepEqual(
    [10, 10, 10, 10, 10].map((ms) => beat(ms)),
    [8, 4, 2, 1, 1],
  );
  assert.deepEqual(said, [2000, 4000, 8000, 16_000, 8000, 4000, 2000, 1000]);
});

test('one slow message among many quick ones changes nothing', () => {
  const { beat, said } = paceAt();
  for (let time = 0; time < 5; time += 1) assert.equal(beat(20), 1);
  assert.deepEqual(said, []);
});
