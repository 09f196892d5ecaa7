import type { Migration } from './migration.ts';

/** What people order through the collector, the receipts of cleanup, and the audit log. */
export const ordersMigration: Migration = {
  version: 4,
  sql: `
    ALTER TABLE commands ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
    ALTER TABLE commands ADD COLUMN action TEXT NOT NULL DEFAULT '';
    ALTER TABLE commands ADD COLUMN sent_at INTEGER;
    ALTER TABLE commands ADD COLUMN detail BLOB;
    ALTER TABLE commands ADD COLUMN audit_hash TEXT;
    ALTER TABLE commands ADD COLUMN audit_sequence INTEGER;
    ALTER TABLE commands ADD COLUMN result_audited INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX commands_by_issue ON commands (issued_at, id);
    CREATE INDEX commands_unaudited ON commands (finished_at, id)
      WHERE outcome IS NOT NULL AND result_audited = 0;

    -- By the node's name, since they outlive what is known of the node. receipt: JSON.
    CREATE TABLE receipts (
      node TEXT NOT NULL,
      run_id TEXT NOT NULL,
      begun_at INTEGER NOT NULL,
      receipt TEXT NOT NULL,
      stored_at INTEGER NOT NULL,
      PRIMARY KEY (node, run_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX receipts_by_time ON receipts (begun_at, node, run_id);

    -- parent: the ID of the document that this one belongs to; empty when it stands alone. value: JSON.
    CREATE TABLE documents (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      parent TEXT NOT NULL,
      value TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      changed_at INTEGER NOT NULL,
      PRIMARY KEY (kind, id)
    ) STRICT;
    CREATE INDEX documents_by_time ON documents (kind, created_at, id);
    CREATE INDEX documents_by_parent ON documents (parent, kind, id) WHERE parent <> '';

    CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      hash TEXT NOT NULL,
      entry TEXT NOT NULL
    ) STRICT;
  `,
};
