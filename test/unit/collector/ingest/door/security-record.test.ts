import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { SecurityRecord } from '../../../../../collector/ingest/door/security-record.ts';
import type { IngestStore } from '../../../../../collector/ingest/ingest-store.ts';
import { createLogger } from '../../../../../platform/logging.ts';

type Written = Parameters<IngestStore['recordRefusal']>[0];

const DAY_MS = 86_400_000;

let now: number;
let written: Written[];
let isDown: boolean;
let record: SecurityRecord;

beforeEach(() => {
  now = 1000;
  written = [];
  isDown = false;
  record = new SecurityRecord({
    store: {
      async recordRefusal(one) {
        if (isDown) throw new Error('the store is down');
        written.push(one);
      },
    },
    clock: () => now,
    logger: createLogger({ component: 'test', level: 'silent' }),
  });
});

test('equal ones are one line, with how many they were and when the last one came', async () => {
  for (let time = 0; time < 500; time += 1) record.note({ address: '192.0.2.7', why: 'no-certificate' });
  now = 1500;
  record.note({ address: '192.0.2.7', why: 'no-certificate' });
  record.note({ address: '192.0.2.8', why: 'too-many-of-holder', node: 'node-1' });
  await record.write();
  assert.deepEqual(written, [
    {
      node: '',
      reason: 'connection',
      message: 'it showed no client certificate (from 192.0.2.7)',
      at: 1500,
      count: 501,
    },
    {
      node: 'node-1',
      reason: 'connection',
      message: 'there are too many connections of its node already (from 192.0.2.8)',
      at: 1500,
      count: 1,
    },
  ]);
  await record.write();
  assert.equal(written.length, 2, 'nothing is written twice');
});

test('many addresses are counted together, until the next day', async () => {
  const from = (at: number) => `10.0.${at >> 8}.${at & 255}`;
  for (let at = 0; at < 5000; at += 1) record.note({ address: from(at), why: 'protocol' });
  await record.write();
  assert.equal(written.length, 101);
  const rest = written.find(({ message }) => message.endsWith('(from many addresses)'));
  assert.equal(rest?.count, 4900);
  record.note({ address: from(3), why: 'protocol' });
  await record.write();
  assert.match(written.at(-1)?.message ?? '', /from 10\.0\.0\.3/, 'whoever has a line keeps it');

  now += DAY_MS + 1;
  record.note({ address: '192.0.2.1', why: 'protocol' });
  await record.write();
  assert.match(written.at(-1)?.message ?? '', /from 192\.0\.2\.1/);
});

test('what the store could not take is not forgotten', async () => {
  isDown = true;
  record.note({ address: 'a', why: 'expired' });
  await record.write();
  record.note({ address: 'a', why: 'expired' });
  isDown = false;
  await record.write();
  assert.deepEqual(
    written.map(({ count }) => count),
    [2],
  );
});
