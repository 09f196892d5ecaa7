import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Credit } from '../../../../agent/uplink/credit.ts';

test('without a session there is no want of credit', async () => {
  const credit = new Credit();
  assert.equal(credit.has(), true);
  credit.open(0, 0);
  assert.equal(credit.has(), false);
  const waiting = credit.available(new AbortController().signal);
  credit.close();
  await waiting;
});

test('credit is spent, and its return wakes who waits', async () => {
  const { signal } = new AbortController();
  const credit = new Credit();
  credit.open(100, 1);
  await credit.spendItem(signal);
  assert.equal(credit.has(), false);
  await credit.spendBytes(100, signal);
  const order: string[] = [];
  const bytes = credit.spendBytes(50, signal).then(() => order.push('bytes'));
  const scan = credit.available(signal).then(() => order.push('scan'));
  credit.add(49, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(order, []);
  credit.add(1, 0);
  await bytes;
  credit.add(10, 1);
  await scan;
  assert.deepEqual(order, ['bytes', 'scan']);
});

test('a session begins with its own credit, not with what was left of another', async () => {
  const credit = new Credit();
  credit.open(1000, 10);
  credit.open(1, 0);
  assert.equal(credit.has(), false);
});

test('whoever waits is let go by the signal', async () => {
  const abort = new AbortController();
  const credit = new Credit();
  credit.open(0, 0);
  const waits = [credit.available(abort.signal), credit.spendItem(abort.signal)];
  abort.abort();
  for (const wait of waits) await assert.rejects(wait);
  await assert.rejects(credit.available(abort.signal));
});
