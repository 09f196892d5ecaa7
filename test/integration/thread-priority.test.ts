import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { startSharedThreads } from '../../platform/priority.ts';
import { needsCommands } from '../support/requirements.ts';

interface Lowered {
  readonly threadId: string;
  readonly priority: { readonly nice: boolean; readonly idleIo: boolean };
}

/** A thread that lowered its priority and goes on living. */
async function loweredThread(t: TestContext): Promise<Lowered> {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const threadId = require('node:fs').readlinkSync('/proc/thread-self').split('/').pop();
    import(workerData).then(({ lowerThreadPriority }) => {
      parentPort.postMessage({ threadId, priority: lowerThreadPriority() });
      parentPort.on('message', () => undefined);
    });`;
  const module = new URL('../../platform/priority.ts', import.meta.url).href;
  const worker = new Worker(source, { eval: true, env: {}, workerData: module });
  t.after(() => worker.terminate());
  const [message] = (await once(worker, 'message')) as [Lowered];
  return message;
}

/** Field 19 of proc_pid_stat(5); the name, field 2, may hold spaces. */
function niceOf(threadId: string): number {
  const line = readFileSync(`/proc/self/task/${threadId}/stat`, 'utf8');
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[16]);
}

test('only the thread that asks for it gets low priority', { skip: needsCommands('ionice') }, async (t) => {
  startSharedThreads();
  const before = niceOf(String(process.pid));
  const { threadId, priority } = await loweredThread(t);
  assert.deepEqual(priority, { nice: true, idleIo: true });
  assert.equal(niceOf(threadId), 10);
  assert.equal(execFileSync('ionice', ['-p', threadId], { encoding: 'utf8' }).trim(), 'idle');
  await stat('/');
  const others = readdirSync('/proc/self/task').filter((one) => one !== threadId);
  assert.ok(others.length > 4);
  assert.deepEqual([...new Set(others.map(niceOf))], [before]);
});
