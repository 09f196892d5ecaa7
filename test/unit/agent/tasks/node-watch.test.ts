import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeReader } from '../../../../agent/tasks/node-reader.ts';
import { NodeWatch } from '../../../../agent/tasks/node-watch.ts';
import { ScanQueue } from '../../../../agent/tasks/scan-queue.ts';
import { ProcessError } from '../../../../agent/processes/process-error.ts';

test('processes that cannot be read at some moment are told of, and end nothing', async () => {
  const unreadable = new ProcessError('not-procfs', '/proc is no proc file system');
  const failures: unknown[] = [];
  let published = 0;
  let isReadable = true;
  const reader = new NodeReader({
    runtimes: () => [],
    processes() {
      if (!isReadable) throw unreadable;
      return { processes: [], limitations: [] };
    },
    host: (engines, limitations) => ({
      ...{ hostname: 'node', os: 'Linux', kernel: '6', architecture: 'amd64', bootId: '', agentVersion: '1' },
      engines,
      limitations,
    }),
    engineChanged: () => undefined,
  });
  const read = Promise.withResolvers<void>();
  const watch = new NodeWatch(
    {
      reader,
      scans: new ScanQueue({
        scanner: { scan: () => assert.fail('there is no image'), keyOf: () => '' },
        runtimes: () => [],
        mayScan: async () => undefined,
        scanned: () => undefined,
        now: () => 0,
      }),
      observe: () => () => ({ firstSeen: 0 }),
      publish() {
        published += 1;
        read.resolve();
      },
      settled: () => undefined,
      failed: (error) => failures.push(error),
    },
    new AbortController().signal,
  );
  watch.changed();
  await read.promise;
  isReadable = false;
  const before = published;
  watch.processesChanged();
  assert.deepEqual(failures, [unreadable]);
  assert.equal(published, before);
  isReadable = true;
  watch.processesChanged();
  assert.equal(published, before + 1);
  await watch.close();
});
