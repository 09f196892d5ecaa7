import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { AssemblyBudget } from '../../../../collector/ingest/content-assembly.ts';
import { ContentIntake } from '../../../../collector/ingest/content-intake.ts';
import { DEFAULT_INGEST_LIMITS, DEFAULT_INGEST_TIMING } from '../../../../collector/ingest/ingest-limits.ts';
import { NodeAllowance } from '../../../../collector/ingest/node-allowance.ts';
import { createLogger } from '../../../../platform/logging.ts';
import { SerialQueue } from '../../../../platform/serial-queue.ts';
import { catalogerSet, encodeRef, MAX_OFFERED_REFS } from '../../../../proto/codec/content.ts';
import { MemoryIngestStore } from '../../../support/memory-ingest-store.ts';

const CATALOGERS = [{ id: 'dpkg', version: 1 }];

test('who offers and never sends has no more leases to give back than may run', async () => {
  const store = new MemoryIngestStore();
  const released: number[] = [];
  store.releaseLeases = (tokens) => {
    released.push(...tokens);
    return Promise.resolve();
  };
  let now = 0;
  const unbounded = { burstBytes: 1, bytesPerSecond: 1, now: () => now, message: '' };
  const parts = {
    store,
    budget: new AssemblyBudget(0),
    allowance: new NodeAllowance(unbounded),
    queue: new SerialQueue(1),
    timing: DEFAULT_INGEST_TIMING,
    clock: () => now,
    logger: createLogger({ component: 'test', level: 'silent' }),
    verifyShare: 0,
    sessions: () => 1,
    onVerified: () => undefined,
  };
  const limits = { ...DEFAULT_INGEST_LIMITS, maxLeases: MAX_OFFERED_REFS };
  const intake = new ContentIntake(parts, 'node', limits, CATALOGERS);
  for (let turn = 0; turn < 4; turn += 1) {
    const refs = Array.from({ length: MAX_OFFERED_REFS }, (_, at) => layerRef(turn * MAX_OFFERED_REFS + at));
    const { contentWant } = await intake.offer({ refs });
    assert.equal(contentWant?.wanted?.length, MAX_OFFERED_REFS);
    now += DEFAULT_INGEST_TIMING.leaseMs;
  }
  await intake.close();
  const last = [...store.leases.values()].slice(-MAX_OFFERED_REFS).map(({ token }) => token);
  assert.deepEqual(released, last);
});

function layerRef(number: number) {
  const key = `sha256:${createHash('sha256').update(String(number)).digest('hex')}`;
  return encodeRef({ kind: 'layer-facts', key, catalogerSet: catalogerSet(CATALOGERS) });
}
