import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextStep } from '../../../../agent/identity/renewal-time.ts';

const HOUR_MS = 3_600_000;
const life = { validFrom: 0, validUntil: 100 * HOUR_MS };

test('without a certificate, or with one that expired, the node enrols', () => {
  assert.deepEqual(nextStep(undefined, 5, 0.5), { kind: 'enroll' });
  assert.deepEqual(nextStep(life, life.validUntil, 0.5), { kind: 'enroll' });
});

test('a certificate is renewed at half of its life, each at a moment of its own around that', () => {
  assert.deepEqual(nextStep(life, 50 * HOUR_MS, 0.5), { kind: 'renew' });
  assert.deepEqual(nextStep(life, 50 * HOUR_MS - 1, 0.5), { kind: 'wait', ms: 1 });
  assert.deepEqual(nextStep(life, 45 * HOUR_MS, 0), { kind: 'renew' });
  assert.equal(nextStep(life, 54 * HOUR_MS, 0.999).kind, 'wait');
});

test('a certificate that is good only later is renewed, since nobody takes it until then', () => {
  const later = { validFrom: 10 * HOUR_MS, validUntil: 20 * HOUR_MS };
  assert.deepEqual(nextStep(later, 10 * HOUR_MS - 1, 0.5), { kind: 'renew' });
  assert.equal(nextStep(later, 10 * HOUR_MS, 0.5).kind, 'wait');
});

test('whatever the clock says, it is looked at again within an hour', () => {
  const time = fc.integer({ min: 0, max: 2 ** 50 });
  fc.assert(
    fc.property(
      time,
      time,
      time,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (from, span, now, jitter) => {
        const validity = { validFrom: from, validUntil: from + span };
        const step = nextStep(validity, now, jitter);
        if (step.kind === 'wait') assert.ok(step.ms > 0 && step.ms <= HOUR_MS);
        if (step.kind === 'renew')
          assert.ok(now < validity.validUntil && (now < from || now >= from + span * 0.44));
        if (step.kind === 'enroll') assert.ok(now >= validity.validUntil);
      },
    ),
  );
});
