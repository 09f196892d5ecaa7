import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictText } from '../../../../cli/audit/verify.ts';

test('what an audit log says reaches the terminal without escape sequences', () => {
  const strange = '\u001b[2Jnode\u0007';
  const end = { sequence: 2, at: 0 };
  const texts = [
    verdictText('The log', { kind: 'broken', sequence: 2, why: strange }),
    verdictText('The log', {
      kind: 'whole',
      entries: 2,
      first: end,
      last: end,
      head: { sequence: 2, hash: strange },
      shortened: [{ node: strange, sequence: 2, before: 9, now: 1 }],
    }),
  ];
  for (const text of texts) {
    assert.match(text, /node/);
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f]/);
  }
});
