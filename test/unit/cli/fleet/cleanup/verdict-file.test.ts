import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseVerdicts } from '../../../../../cli/fleet/cleanup/verdict-file.ts';

test('a line for each: digest and reason', () => {
  const text = '# found today\n\n  sha256:ab  vulnerable: CVE-2024-3094 in xz-utils \r\nsha256:cd\told\n';
  assert.deepEqual(parseVerdicts(text), [
    { digest: 'sha256:ab', reason: 'vulnerable: CVE-2024-3094 in xz-utils' },
    { digest: 'sha256:cd', reason: 'old' },
  ]);
});

test('or JSON, as the list is shown', () => {
  assert.deepEqual(parseVerdicts(' [{"digest":"sha256:ab","reason":"old","more":1}]'), [
    { digest: 'sha256:ab', reason: 'old' },
  ]);
});

for (const [text, message] of [
  ['sha256:ab old\nnginx:1 old', /^line 2 is no verdict/],
  ['sha256:ab', /^line 1 is no verdict/],
  ['[{"digest":1}]', /^entry 1 is no verdict/],
  ['[null]', /^entry 1 is no verdict/],
  ['[', /no JSON/],
] as const) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseVerdicts(text), { name: 'Failure', message });
  });
}
