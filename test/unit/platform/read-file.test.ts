import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadSettings } from '../../../platform/config-file.ts';
import { readBounded } from '../../../platform/read-file.ts';
import { readTls } from '../../../platform/tls.ts';
import { temporaryFolder } from '../../support/state.ts';

const LARGE = 3 * 1024 * 1024;

/** A pipe that somebody writes so many bytes into: by stat(2) it has none. */
function pipeOf(context: TestContext, bytes: number): string {
  const path = join(temporaryFolder(context), 'pipe');
  execFileSync('mkfifo', [path]);
  const writer = spawn('sh', ['-c', `head -c ${bytes} /dev/zero > "$0"`, path], { stdio: 'ignore' });
  context.after(() => writer.kill());
  return path;
}

test('a file is read whole up to the bound, and not beyond it', async (context) => {
  const path = join(temporaryFolder(context), 'file');
  for (const size of [0, 1, 65_536, 200_000]) {
    const bytes = Buffer.alloc(size, 'x');
    writeFileSync(path, bytes);
    assert.ok((await readBounded(path, size)).equals(bytes));
    if (size > 0) await assert.rejects(readBounded(path, size - 1), { message: /larger than/ });
  }
  await assert.rejects(readBounded(`${path}.none`, 1), { code: 'ENOENT' });
});

test('what has no size is bounded as well', async (context) => {
  assert.equal((await readBounded(pipeOf(context, 100_000), 100_000)).length, 100_000);
  await assert.rejects(readBounded(pipeOf(context, LARGE), 1024 * 1024), { message: /larger than/ });
});

test('neither settings nor certificates are read from it without end', async (context) => {
  const settings = loadSettings({}, { flags: { config: pipeOf(context, LARGE) }, env: {} });
  await assert.rejects(settings, { code: 'unreadable-file', message: /larger than/ });
  const file = pipeOf(context, LARGE);
  const tls = readTls({ certFile: file, keyFile: file, caFile: file });
  await assert.rejects(tls, { code: 'unreadable', message: /larger than/ });
});
