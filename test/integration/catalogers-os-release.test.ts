import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { osRelease } from '../../agent/catalogers/os-release/index.ts';
import { bufferFile } from '../support/layer-file.ts';

const QUOTINGS = [
  (value: string) => `'${value.replaceAll("'", `'"'"'`)}'`,
  (value: string) => `"${value.replaceAll(/[$`"\\]/g, '\\$&')}"`,
  (value: string) => value.replaceAll(/[^A-Za-z0-9]/g, '\\$&'),
];

test('values are read as a shell reads them, however they are quoted', () => {
  const value = fc
    .array(fc.constantFrom(...'aZ9 $`"\'\\#;&*~=%'.split('')), { maxLength: 12 })
    .map((all) => all.join(''));
  const line = fc.tuple(value, fc.constantFrom(...QUOTINGS)).map(([text, quote]) => quote(text));
  const files = fc.sample(fc.tuple(line, line), 200).map(([id, name]) => `ID=${id}\nPRETTY_NAME=${name}\n`);
  const directory = mkdtempSync(join(tmpdir(), 'tallyman-os-release-'));
  try {
    for (const [at, text] of files.entries()) writeFileSync(join(directory, `${at}`), text);
    const script =
      'i=0; while [ -f ./$i ]; do . ./$i; printf "%s\\n%s\\n" "$ID" "$PRETTY_NAME"; i=$((i+1)); done';
    const spoken = execFileSync('sh', ['-c', script], { cwd: directory, encoding: 'utf8' }).split('\n');
    for (const [at, text] of files.entries()) {
      const release = osRelease.parse(bufferFile('etc/os-release', text)).release;
      assert.equal(release?.id, spoken[at * 2] || 'linux', text);
      assert.equal(release?.prettyName ?? '', spoken[at * 2 + 1], text);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
