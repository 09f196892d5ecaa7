import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentSupply } from '../../../../agent/tasks/content-supply.ts';
import { systemClock } from '../../../../agent/state/clock.ts';
import { openState, type State } from '../../../../agent/state/state.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const CATALOGERS = Array.from({ length: 20 }, (_, at) => ({ id: `cataloger-${at}`, version: 1 }));
const LAYER = 'sha256:layer';

function stateOf(t: TestContext): State {
  const folder = mkdtempSync(join(tmpdir(), 'tallyman-supply-'));
  const state = openState(folder, { clock: systemClock(), outbox: { maxBytes: 1 << 20, dropFirst: [] } });
  t.after(() => {
    state.close();
    rmSync(folder, { recursive: true });
  });
  return state;
}

test('a layer is taken from the stores one cataloger a turn of the event loop', async (t) => {
  const state = stateOf(t);
  for (const { id, version } of CATALOGERS)
    state.layers.putFacts({
      diffId: LAYER,
      cataloger: id,
      version,
      facts: [{ path: id, status: 'nothing' }],
    });
  let turns = 0;
  function count(): void {
    turns += 1;
    next = setImmediate(count);
  }
  let next = setImmediate(count);
  const content = await contentSupply(state, CATALOGERS).load({ kind: 'layer-facts', key: LAYER });
  clearImmediate(next);
  assert.ok(content.kind === 'layer-facts');
  assert.deepEqual(
    content.facts.map(({ cataloger }) => cataloger),
    CATALOGERS.map(({ id }) => id),
  );
  assert.ok(turns >= CATALOGERS.length, `${turns} turns`);
});

test('what is no longer there cannot be supplied', async (t) => {
  const supply = contentSupply(stateOf(t), CATALOGERS);
  await assert.rejects(supply.load({ kind: 'layer-facts', key: LAYER }), /no longer on this node/);
  await assert.rejects(supply.load({ kind: 'composition', key: 'k' }), /no longer on this node/);
});
