import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TIMING } from '../../agent/uplink/timing.ts';
import { releasedCollector, releasedProtocol, type ReleasedCollector } from '../support/released-peer.ts';
import { sessionBench, until, type SessionBench } from '../support/session-bench.ts';

// What a collector that is taken over may do to its agents with the times that it tells.

/** Timers take 2 ** 31 - 1 at most, and fire at once beyond it. */
const MOST = 2 ** 32 - 1;
const WELCOME = { beatIntervalMs: 60_000, credit: { contentBytes: 1 << 22, contentItems: 16 } };

let bench: SessionBench;

beforeEach(async () => {
  bench = await sessionBench();
});

afterEach(() => bench.stop());

const cases: Readonly<Record<string, readonly Parameters<ReleasedCollector['send']>[0][]>> = {
  'sessions that last a millisecond': [{ welcome: { ...WELCOME, sessionLifetimeMs: 1 } }],
  'sessions that last longer than any timer': [{ welcome: { ...WELCOME, sessionLifetimeMs: MOST } }],
  'a beat slower than any timer': [{ welcome: { ...WELCOME, beatIntervalMs: MOST } }],
  'a beat of a millisecond': [{ welcome: { ...WELCOME, beatIntervalMs: 1 } }],
  'a later beat slower than any timer': [
    { welcome: { ...WELCOME, beatIntervalMs: 100 } },
    { credit: { beatIntervalMs: MOST } },
  ],
  'to come back at once': [{ welcome: WELCOME }, { drain: { reconnectAfterMs: 0 } }],
  'to come back after more than any timer': [{ welcome: WELCOME }, { drain: { reconnectAfterMs: MOST } }],
  'to try again after a millisecond': [{ refusal: { reason: 3, message: 'no', retryAfterMs: 1 } }],
  'to try again after more than any timer': [{ refusal: { reason: 3, message: 'no', retryAfterMs: MOST } }],
};

for (const [what, told] of Object.entries(cases)) {
  test(`${what}: the agent does not spin`, async () => {
    const collector = await releasedCollector(releasedProtocol(), told);
    bench.onStop(async () => collector.stop());
    const uplink = bench.agent(collector.port, {
      tls: { kind: 'insecure' },
      random: () => 0.5,
      timing: DEFAULT_TIMING,
    });
    uplink.start();
    await until('it was there', () => collector.received.length > 0);
    await sleep(800);
    assert.ok(collector.received.length <= 15, `${collector.received.length}: ${collector.received.join()}`);
  });
}
