import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathTable } from '../../../../../agent/layers/tar/path-table.ts';

test('each of many paths keeps its own number', () => {
  const table = pathTable();
  const paths = Array.from({ length: 50_000 }, (_, at) => `usr/lib/${at % 7}/file-${at}`);
  paths.forEach((path, at) => table.set(path, at));
  paths.forEach((path, at) => assert.equal(table.get(path), at));
  assert.equal(table.get('usr/lib'), undefined);
  assert.equal(table.get(''), undefined);
});

test('a path set again has the later number', () => {
  const table = pathTable();
  table.set('a', 1);
  table.set('a', 0);
  assert.equal(table.get('a'), 0);
});
