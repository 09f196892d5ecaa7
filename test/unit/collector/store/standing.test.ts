import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantedOf } from '../../../../collector/store/standing.ts';

const MOST = 1024;
const lacking = { kind: 'wanted', verify: false, isRenewal: false } as const;

/** Leases that each of the nodes gets that ask for all there are, one after the other. */
function sharesOf(nodes: number): number[] {
  const shares: number[] = [];
  let all = 0;
  for (let node = 0; node < nodes; node += 1) {
    const granted = grantedOf(Array<typeof lacking>(2 * MOST).fill(lacking), { all, own: 0 }, MOST);
    shares.push(granted.filter(Boolean).length);
    all += shares.at(-1) ?? 0;
  }
  return shares;
}

test('a node alone gets half of all leases, and each that comes after it half of what is left', () => {
  assert.deepEqual(sharesOf(12), [512, 256, 128, 64, 32, 16, 8, 4, 2, 1, 1, 0]);
});

test('a node gets no more in many small claims than in a large one', () => {
  let own = 0;
  for (let claim = 0; claim < MOST; claim += 1) {
    if (grantedOf([lacking], { all: own, own }, MOST)[0] === true) own += 1;
  }
  assert.equal(own, MOST / 2);
});

test('renewals need no room, and where nothing may be asked nothing is renewed', () => {
  const standings = [lacking, { ...lacking, isRenewal: true }, { kind: 'done' } as const];
  assert.deepEqual(grantedOf(standings, { all: MOST, own: 1 }, MOST), [false, true, false]);
  assert.deepEqual(grantedOf(standings, { all: 1, own: 1 }, 0), [false, false, false]);
});
