import { parseArgs } from 'node:util';
import type { Comparison } from './accuracy/comparison.ts';
import { SURVEYS } from './accuracy/ecosystems.ts';
import { trivyVersion } from './accuracy/listings.ts';
import { isAccurate, jsonReport, textReport, type Failed } from './accuracy/report.ts';
import { inWorkplace } from './support/workplace.ts';
import { errorMessage } from '../platform/error-message.ts';

// Holds what we find in real trees against what each ecosystem's own tool says of them, and trivy beside us.
// Ends with 1 when anything is missing or surplus. See docs/accuracy.md.
// node bench/accuracy.ts [--format json] [ECOSYSTEM...]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { format: { type: 'string', default: 'text' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(SURVEYS);
const unknown = names.filter((name) => !Object.hasOwn(SURVEYS, name));
if (unknown.length > 0) {
  throw new Error(`no ecosystem ${unknown.join(', ')}; there are ${Object.keys(SURVEYS).join(', ')}`);
}

await inWorkplace('accuracy', async (place) => {
  const comparisons: Comparison[] = [];
  const failed: Failed[] = [];
  for (const name of names) {
    console.error(`${name} …`);
    try {
      comparisons.push(...((await SURVEYS[name]?.(place)) ?? []));
    } catch (error) {
      failed.push({ ecosystem: name, reason: errorMessage(error) });
    }
  }
  const wasAsked = comparisons.some(({ trivy }) => trivy !== undefined);
  const outcome = {
    comparisons,
    failed,
    trivyVersion: wasAsked ? await trivyVersion(place) : undefined,
  };
  console.log(values.format === 'json' ? jsonReport(outcome) : textReport(outcome));
  process.exitCode = isAccurate(outcome) ? 0 : 1;
});
