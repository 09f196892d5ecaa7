import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { spdxException, spdxLicense } from '../../../../core/licenses/spdx-ids.ts';
import { EXCEPTION_IDS, LICENSE_IDS } from '../../../../core/licenses/spdx-table.ts';

test('the table is what its sources hold', () => {
  const script = join(import.meta.dirname, '../../../../scripts/generate-license-table.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('every identifier is found in any case', () => {
  for (const id of LICENSE_IDS.split(' ')) assert.equal(spdxLicense(id.toUpperCase()), id);
  for (const id of EXCEPTION_IDS.split(' ')) assert.equal(spdxException(id.toLowerCase()), id);
});
