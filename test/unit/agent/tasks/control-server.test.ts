import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunState } from '../../../../agent/cleanup/journal/run-state.ts';
import { startControlServer, type ControlRequest } from '../../../../agent/tasks/control-server.ts';
import { NO_SPACE } from '../../../../core/cleanup/storage.ts';
import { temporaryFolder } from '../../../support/state.ts';

const UNENDED: RunState = {
  ...{ runId: 'run', planId: 'plan', node: 'n', issuer: 'schedule', graceMs: 0, predicted: NO_SPACE },
  ...{ begunAt: 1, changedAt: 1, images: [] },
};

test('a run is followed no longer than somebody listens', async (context) => {
  const path = join(temporaryFolder(context), 'control.sock');
  let looks = 0;
  const other = (): never => assert.fail('only the run is asked for');
  const cleanup = {
    ...{ plan: other, apply: other, undo: other, settle: other, history: other },
    receipt(): RunState {
      looks += 1;
      return UNENDED;
    },
  };
  const ended = new AbortController();
  const server = await startControlServer(path, cleanup, ended.signal);
  context.after(async () => {
    ended.abort();
    await server.close();
  });
  const asked = request({ socketPath: path, method: 'POST', path: '/' });
  asked.on('error', () => undefined);
  const told = new Promise((resolve) => {
    asked.once('response', (response) => response.once('data', resolve).on('error', () => undefined));
  });
  asked.end(JSON.stringify({ ask: 'watch', runId: 'run' } satisfies ControlRequest));
  assert.match(String(await told), /"done":0/);
  asked.destroy();
  // Longer than from one look to the next.
  await sleep(400);
  const then = looks;
  await sleep(600);
  assert.equal(looks, then);
});
