import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { connectionsWithin } from '../../../../../collector/ingest/door/open-files.ts';

function limits(soft: string): string {
  return `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            ${soft.padEnd(20)} 1048576              files
Max locked memory         8388608              8388608              bytes
`;
}

test('connections leave files for everything else', () => {
  for (const [soft, room] of [
    ['1048576', 20_000],
    ['22000', 20_000],
    ['10000', 8000],
    ['3000', 1500],
    ['1024', 512],
    ['unlimited', 20_000],
  ] as const) {
    assert.equal(connectionsWithin(20_000, limits(soft)), room, soft);
  }
});

test('without a word on it, what is wanted stays; this system has one', () => {
  assert.equal(connectionsWithin(20_000, ''), 20_000);
  const own = readFileSync('/proc/self/limits', 'utf8');
  assert.ok(
    connectionsWithin(Number.MAX_SAFE_INTEGER, own) < Number.MAX_SAFE_INTEGER || /unlimited/.test(own),
  );
});
