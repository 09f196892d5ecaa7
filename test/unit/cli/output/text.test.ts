import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonText } from '../../../../cli/output/json.ts';
import { ageText, bytesText, countsText, countText, shortDigest } from '../../../../cli/output/text.ts';

test('bytes are told in two or three digits', () => {
  const cases = {
    0: '0 B',
    1023: '1023 B',
    1024: '1.0 KiB',
    1536: '1.5 KiB',
    104857600: '100 MiB',
    5e12: '4.5 TiB',
  };
  for (const [bytes, text] of Object.entries(cases)) assert.equal(bytesText(Number(bytes)), text);
});

test('ages are told in their largest unit', () => {
  const now = 1e12;
  const cases = { 0: '0s', 59: '59s', 60: '1m', 7199: '1h', 86400: '1d', 864000: '10d' };
  for (const [seconds, text] of Object.entries(cases))
    assert.equal(ageText(now - Number(seconds) * 1000, now), text);
  assert.equal(ageText(undefined, now), '-');
  assert.equal(ageText(now + 5000, now), '0s');
});

test('counts are told the most frequent first', () => {
  assert.equal(countsText(['npm', 'deb', 'deb', 'apk']), '2 deb, 1 apk, 1 npm');
  assert.equal(countsText([]), '');
  assert.equal(countText(1, 'image'), '1 image');
  assert.equal(countText(2, 'image'), '2 images');
});

test('a digest is told by its first digits', () => {
  assert.equal(shortDigest(`sha256:${'ab'.repeat(32)}`), 'abababababab');
});

test('JSON text is Unicode, whatever bytes names are made of', () => {
  const text = jsonText({ name: 'a\udc80b' });
  assert.ok(text.isWellFormed());
  assert.deepEqual(JSON.parse(text), { name: 'a\ufffdb' });
  assert.ok(text.endsWith('}\n'));
});
