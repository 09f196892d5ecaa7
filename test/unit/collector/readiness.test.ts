import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CollectorReadiness } from '../../../collector/readiness.ts';

const DAY_MS = 86_400_000;

let now: number;
let checks: number;
let check: () => Promise<void>;
let closing: AbortController;
let readiness: CollectorReadiness;

beforeEach(() => {
  now = Date.UTC(2030, 0, 1);
  checks = 0;
  check = () => Promise.resolve();
  closing = new AbortController();
  const store = {
    check() {
      checks += 1;
      return check();
    },
  };
  readiness = new CollectorReadiness({ store, clock: () => now, closing: closing.signal });
});

test('in plain text, with a store that answers, it is ready', async () => {
  assert.deepEqual(await readiness.read(), { ready: true, reasons: [] });
  assert.equal(readiness.certificateLeftMs(), undefined);
});

test('a certificate that expired keeps it from being ready, until there is another', async () => {
  const origin = '/tls/collector.crt';
  readiness.taken({ origin, validFrom: now - DAY_MS, validUntil: now + DAY_MS });
  assert.deepEqual(await readiness.read(), { ready: true, reasons: [] });
  assert.equal(readiness.certificateLeftMs(), DAY_MS);
  now += DAY_MS + 1000;
  const { ready, reasons } = await readiness.read();
  assert.equal(ready, false);
  assert.match(
    reasons.join('\n'),
    /^the certificate in \/tls\/collector\.crt expired at 2030-01-02T00:00:00\.000Z, and no agent can connect; put a new one there/,
  );
  assert.equal(readiness.certificateLeftMs(), -1000);
  readiness.taken({ origin, validFrom: now, validUntil: now + DAY_MS });
  assert.deepEqual(await readiness.read(), { ready: true, reasons: [] });
});

test('a certificate that is not valid yet keeps it from being ready', async () => {
  readiness.taken({ origin: 'c.crt', validFrom: now + DAY_MS, validUntil: now + 2 * DAY_MS });
  const { ready, reasons } = await readiness.read();
  assert.equal(ready, false);
  assert.match(
    reasons.join('\n'),
    /^the certificate in c\.crt is valid only from 2030-01-02.*set this machine/,
  );
});

test('a store that fails, and the end, are reasons, each in its words', async () => {
  check = () => Promise.reject(new Error('the disk is full'));
  closing.abort();
  assert.deepEqual(await readiness.read(), {
    ready: false,
    reasons: ['the collector is closing', 'the disk is full'],
  });
});

test('however many ask at once, the store is asked once, and anew the next time', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => readiness.read()));
  assert.ok(answers.every(({ ready }) => ready));
  assert.equal(checks, 1);
  await readiness.read();
  assert.equal(checks, 2);
});

test('a store that does not answer is a reason after five seconds', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  check = () => new Promise(() => undefined);
  const reading = readiness.read();
  context.mock.timers.tick(5000);
  assert.deepEqual(await reading, {
    ready: false,
    reasons: ['the check of the database took longer than 5000 ms'],
  });
});
