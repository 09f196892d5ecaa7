import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { catalogers } from '../../../../agent/catalogers/index.ts';
import { damager } from '../../../support/hostile-damaging.ts';
import { samplesOf } from '../../../support/hostile-samples.ts';

// Real files of every format, damaged in every way: cut at each length, each byte changed, each number a lie, each word
// gone, doubled, swapped, stretched, and at random by TALLYMAN_FUZZ_SEED. TALLYMAN_FUZZ_EFFORT=10
// takes ten times as long.

const SEED = Number(process.env['TALLYMAN_FUZZ_SEED'] ?? 1);
const EFFORT = Number(process.env['TALLYMAN_FUZZ_EFFORT'] ?? 1);
/** What an agent of 160 MiB has left beside itself for one file. */
const MOST_GROWTH = 128 * 1024 * 1024;

const thread = damager();
after(() => thread.close());

for (const { id } of catalogers) {
  test(`${id} makes facts or an error of its files, however they are damaged`, async (t) => {
    const samples = samplesOf(id);
    assert.ok(samples.length > 0, 'it has no sample yet');
    for (const [sample, [path]] of samples.entries()) {
      const outcome = await thread.damage({ cataloger: id, sample, effort: EFFORT, seed: SEED });
      assert.deepEqual(outcome.failures, [], path);
      assert.ok(outcome.peakGrowth < MOST_GROWTH, `${path}: ${outcome.peakGrowth} bytes`);
      const { files, contents, errors } = outcome;
      t.diagnostic(`${path}: ${files} files, ${contents} with facts or nothing, ${errors} errors`);
    }
  });
}
