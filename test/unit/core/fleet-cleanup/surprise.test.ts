import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_TOLERANCE, surprise, type RunReceipt } from '../../../../core/fleet-cleanup/surprise.ts';

const MIB = 1024 * 1024;

function receipt(statuses: readonly string[], changes: Partial<RunReceipt> = {}): RunReceipt {
  const items = statuses.map((status) => ({ status, predictedBytes: MIB, measuredBytes: MIB }));
  return { runId: 'r', outcome: 'done', measuredBytes: 0, items, ...changes };
}

function repeated(status: string, count: number): string[] {
  return Array.from({ length: count }, () => status);
}

for (const [what, given, expected] of [
  ['all in quarantine', receipt(['quarantined', 'quarantined']), undefined],
  ['nothing to do', receipt([]), undefined],
  ['deleted as predicted', receipt(['deleted']), undefined],
  ['cut off', { ...receipt(['quarantined']), outcome: undefined }, 'the run was cut off'],
  ['failed', receipt(['failed'], { outcome: 'failed', reason: 'no disk' }), 'the run failed: no disk'],
  ['interrupted', receipt([], { outcome: 'interrupted' }), 'the run was interrupted'],
  ['one brought back', receipt(['quarantined', 'restored']), '1 image was brought back'],
  [
    'one of many not removed',
    receipt([...repeated('deleted', 50), 'failed-silently', 'conflict'], { outcome: 'partial' }),
    '2 images of 52 were not removed (failed-silently, conflict)',
  ],
  [
    'a few came into use',
    receipt([...repeated('deleted', 8), 'raced', 'skipped'], { outcome: 'partial' }),
    undefined,
  ],
  [
    'many came into use',
    receipt(['deleted', 'raced'], { outcome: 'partial' }),
    '1 image of 2 was left alone (raced)',
  ],
  [
    'less freed than predicted',
    receipt([], { items: [{ status: 'deleted', predictedBytes: 10 * MIB, measuredBytes: 8 * MIB }] }),
    `freed ${8 * MIB} bytes, and ${10 * MIB} were predicted`,
  ],
  [
    'not freed yet',
    receipt([], { items: [{ status: 'quarantined', predictedBytes: 10 * MIB, measuredBytes: 0 }] }),
    undefined,
  ],
  [
    'next to nothing',
    receipt([], { items: [{ status: 'deleted', predictedBytes: 100, measuredBytes: 4096 }] }),
    undefined,
  ],
] as const) {
  test(`a receipt: ${what}`, () => {
    const { outcome, ...rest } = given;
    const run: RunReceipt = outcome === undefined ? rest : { ...rest, outcome };
    assert.equal(surprise(run, DEFAULT_TOLERANCE), expected);
  });
}

test('tolerance is what the rollout says', () => {
  const tolerance = { troubledPercent: 50, leftPercent: 0, bytesPercent: 10 };
  assert.equal(surprise(receipt(['deleted', 'conflict'], { outcome: 'partial' }), tolerance), undefined);
  assert.match(
    surprise(receipt(['deleted', 'raced'], { outcome: 'partial' }), tolerance) ?? '',
    /left alone/,
  );
});
