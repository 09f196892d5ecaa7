import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bell } from '../../../../agent/uplink/bell.ts';
import { Mailbox } from '../../../../agent/uplink/mailbox.ts';
import { UplinkError } from '../../../../agent/uplink/uplink-error.ts';

function codeOf(code: UplinkError['code']): (error: unknown) => boolean {
  return (error) => error instanceof UplinkError && error.code === code;
}

test('a ring is heard by who sleeps, and by who comes later, once', async () => {
  const { signal } = new AbortController();
  const bell = new Bell();
  const sleeping = bell.heard(signal);
  bell.ring();
  assert.equal(await sleeping, true);
  bell.ring();
  bell.ring();
  assert.equal(await bell.heard(signal, 1), true);
  assert.equal(await bell.heard(signal, 1), false);
});

test('the end of the session wakes the sleeper with an error', async () => {
  const abort = new AbortController();
  const bell = new Bell();
  const sleeping = bell.heard(abort.signal, 10_000);
  abort.abort();
  await assert.rejects(sleeping, codeOf('ended'));
  await assert.rejects(bell.heard(abort.signal), codeOf('ended'));
});

test('answers come in order, before or after they are asked for', async () => {
  const { signal } = new AbortController();
  const mailbox = new Mailbox<number>();
  mailbox.put(1);
  mailbox.put(2);
  assert.equal(await mailbox.take('answer', 1000, signal), 1);
  assert.equal(mailbox.poll(), 2);
  assert.equal(mailbox.poll(), undefined);
  const waiting = mailbox.take('answer', 1000, signal);
  mailbox.put(3);
  assert.equal(await waiting, 3);
  mailbox.put(4);
  mailbox.clear();
  assert.equal(mailbox.poll(), undefined);
});

test('an answer that does not come is missed in words', async () => {
  const mailbox = new Mailbox<number>();
  await assert.rejects(mailbox.take('answer to a state', 5, new AbortController().signal), {
    code: 'timeout',
    message: 'the collector sent no answer to a state within 5 ms',
  });
  const abort = new AbortController();
  const waiting = mailbox.take('answer', 10_000, abort.signal);
  abort.abort();
  await assert.rejects(waiting, codeOf('ended'));
});

test('a flood of answers that nobody asked for is an error', () => {
  const mailbox = new Mailbox<number>();
  assert.throws(() => {
    for (let count = 0; count < 100; count += 1) mailbox.put(count);
  }, codeOf('protocol'));
});
