import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = new URL('../../', import.meta.url).pathname;

async function buf(...parameters: readonly string[]): Promise<string> {
  try {
    await run(`${root}node_modules/.bin/buf`, parameters, { cwd: `${root}proto`, timeout: 60_000 });
    return '';
  } catch (error) {
    // Findings go to standard output, and are what the exit code is about.
    return error instanceof Error && 'stdout' in error
      ? String(error.stdout) || error.message
      : String(error);
  }
}

test('the messages follow the rules of style', async () => {
  assert.equal(await buf('lint'), '');
});

test('the messages can still be read by agents and collectors in the field', async () => {
  const findings = await buf('breaking', '--against', 'baseline.binpb');
  assert.equal(
    findings,
    '',
    'add fields instead of changing them; after a release: cd proto && buf build --exclude-source-info -o baseline.binpb',
  );
});
