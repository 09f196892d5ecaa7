import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  formatBytes,
  formatDuration,
  formatHostPort,
  readBytes,
  readDecimal,
  readDuration,
  readHostPort,
} from '../../../platform/setting-values.ts';

test('durations', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['250ms', 250],
    ['1.5s', 1500],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
  ] as const) {
    assert.deepEqual(readDuration(text, {}), { value: ms }, text);
  }
  for (const text of ['', '5', '-1s', '1w', 's', '1 s', '1s,'])
    assert.ok('allowed' in readDuration(text, {}), text);
});

test('numbers with a fraction', () => {
  for (const [text, value] of [
    ['0.25', 0.25],
    ['2', 2],
    ['-0.5', -0.5],
  ] as const) {
    assert.deepEqual(readDecimal(text, {}), { value }, text);
  }
  for (const text of ['', '.5', '1.', '1e3', '0,25', '25%', 'Infinity'])
    assert.ok('allowed' in readDecimal(text, {}), text);
  assert.deepEqual(readDecimal('3', { min: 0.01, max: 2 }), { allowed: 'a number from 0.01 to 2' });
});

test('sizes', () => {
  for (const [text, bytes] of [
    ['0', 0],
    ['4096', 4096],
    ['64MiB', 67_108_864],
    ['64mib', 67_108_864],
    ['1.5GB', 1_500_000_000],
    ['2 KiB', 2048],
  ] as const) {
    assert.deepEqual(readBytes(text, {}), { value: bytes }, text);
  }
  for (const text of ['', 'MiB', '1XB', '-1', '1i']) assert.ok('allowed' in readBytes(text, {}), text);
});

test('addresses', () => {
  assert.deepEqual(readHostPort('127.0.0.1:80'), { value: { host: '127.0.0.1', port: 80 } });
  assert.deepEqual(readHostPort('[::1]:80'), { value: { host: '::1', port: 80 } });
  assert.deepEqual(readHostPort(':80'), { value: { host: '::', port: 80 } });
  for (const text of ['80', 'a:', 'a:65536', '::1:80', 'http://a:1'])
    assert.ok('allowed' in readHostPort(text), text);
});

test('what is formatted reads back as the same value', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 65_535 }), (value, port) => {
      assert.deepEqual(readDuration(formatDuration(value), {}), { value });
      assert.deepEqual(readBytes(formatBytes(value), {}), { value });
      for (const host of ['::1', '10.0.0.1', 'node-1.local']) {
        assert.deepEqual(readHostPort(formatHostPort({ host, port })), { value: { host, port } });
      }
    }),
  );
});

test('any text is read or refused', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const read of [readDuration(text, {}), readBytes(text, {}), readHostPort(text)]) {
        assert.ok('value' in read || read.allowed !== '');
      }
    }),
  );
});
