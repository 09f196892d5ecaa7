import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../platform/logging.ts';

test('one JSON object a line, with the level by name, fields and the error', () => {
  const lines: string[] = [];
  const logger = createLogger({
    component: 'agent',
    level: 'info',
    stream: { write: (line: string) => lines.push(line) },
  });
  logger.debug('not shown');
  logger.warn({ engine: 'docker', err: new Error('gone') }, 'engine lost');
  assert.equal(lines.length, 1);
  const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(entry['level'], 'warn');
  assert.equal(entry['component'], 'agent');
  assert.equal(entry['engine'], 'docker');
  assert.equal(entry['message'], 'engine lost');
  assert.equal((entry['err'] as { message: string }).message, 'gone');
  assert.match(String(entry['time']), /^\d{4}-\d\d-\d\dT.*Z$/);
});
