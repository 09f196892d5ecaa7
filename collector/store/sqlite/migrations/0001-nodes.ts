import type { Migration } from './migration.ts';

/** Nodes, their sessions, what they reported once (events), and what they are asked to do. */
export const nodesMigration: Migration = {
  version: 1,
  sql: `
    CREATE TABLE nodes (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      connected INTEGER NOT NULL DEFAULT 0,
      condition TEXT NOT NULL DEFAULT 'ok',
      instance TEXT NOT NULL DEFAULT '',
      agent_version TEXT NOT NULL DEFAULT '',
      boot_id TEXT NOT NULL DEFAULT '',
      first_seen INTEGER NOT NULL,
      connected_at INTEGER NOT NULL,
      last_seen INTEGER NOT NULL
    ) STRICT;

    -- Equal refusals are one row: a refused agent comes back for ever.
    CREATE TABLE refusals (
      id INTEGER PRIMARY KEY,
      node TEXT NOT NULL,
      reason TEXT NOT NULL,
      message TEXT NOT NULL,
      count INTEGER NOT NULL DEFAULT 1,
      first_at INTEGER NOT NULL,
      last_at INTEGER NOT NULL,
      UNIQUE (node, reason, message)
    ) STRICT;
    CREATE INDEX refusals_by_time ON refusals (last_at, id);

    CREATE TABLE event_cursors (
      node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
      epoch TEXT NOT NULL,
      stored_up_to INTEGER NOT NULL,
      PRIMARY KEY (node, epoch)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE events (
      id INTEGER PRIMARY KEY,
      node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
      epoch TEXT NOT NULL,
      number INTEGER NOT NULL,
      time INTEGER NOT NULL,
      kind TEXT NOT NULL,
      payload BLOB NOT NULL,
      stored_at INTEGER NOT NULL,
      UNIQUE (node, epoch, number)
    ) STRICT;
    CREATE INDEX events_by_age ON events (stored_at);

    CREATE TABLE commands (
      id TEXT PRIMARY KEY,
      node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
      payload BLOB NOT NULL,
      issued_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      outcome TEXT,
      message TEXT,
      finished_at INTEGER
    ) STRICT;
    CREATE INDEX commands_by_node ON commands (node);
    CREATE INDEX commands_by_age ON commands (expires_at);
  `,
};
