import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { LIST_COMMANDS, LIST_COMMANDS_OF_NODE } from '../../../../../collector/store/sqlite/command-rows.ts';
import { Database } from '../../../../../collector/store/sqlite/database.ts';
import { migrate } from '../../../../../collector/store/sqlite/migrate.ts';
import { migrations } from '../../../../../collector/store/sqlite/migrations/index.ts';
import { LIST_RECEIPTS, LIST_RECEIPTS_OF_NODE } from '../../../../../collector/store/sqlite/receipt-rows.ts';

// What grows with the fleet and with time must be read by an index: all sessions wait for each statement.

/** How SQLite would go about it: sqlite.org/eqp.html. */
function planOf(sql: string): string {
  const connection = new DatabaseSync(':memory:');
  migrate(new Database(connection), migrations);
  const steps = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  connection.close();
  return steps.map(({ detail }) => String(detail)).join('; ');
}

for (const [table, time] of Object.entries({
  events: 'stored_at',
  commands: 'expires_at',
  receipts: 'stored_at',
  lives: 'gone_at',
  join_tokens: 'expires_at',
  node_certificates: 'valid_until',
  content_leases: 'lapses_at',
})) {
  test(`what is old among ${table} is found by its age`, () => {
    const plan = planOf(`SELECT 1 FROM ${table} WHERE ${time} < 1 LIMIT 500`);
    assert.match(plan, new RegExp(`^SEARCH ${table} `), plan);
  });
}

test('lists of receipts and commands are read in their order, and those of a node by the node', () => {
  assert.match(planOf(LIST_RECEIPTS), /^SEARCH receipts USING INDEX receipts_by_time/);
  assert.match(planOf(LIST_RECEIPTS_OF_NODE), /^SEARCH receipts USING PRIMARY KEY \(node=\?\)/);
  assert.match(planOf(LIST_COMMANDS), /SEARCH c USING INDEX commands_by_issue/);
  assert.match(planOf(LIST_COMMANDS_OF_NODE), /SEARCH c USING INDEX commands_by_node \(node=\?\)/);
});
