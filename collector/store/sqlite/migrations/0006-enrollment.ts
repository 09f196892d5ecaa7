import type { Migration } from './migration.ts';

/** Who may have a certificate, which were issued, and which count no more. */
export const enrollmentMigration: Migration = {
  version: 6,
  sql: `
    CREATE TABLE join_tokens (
      id TEXT PRIMARY KEY,
      salt BLOB NOT NULL,
      hash BLOB NOT NULL,
      nodes TEXT NOT NULL,
      uses INTEGER NOT NULL,
      used INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX join_tokens_by_creation ON join_tokens (created_at, id);
    CREATE INDEX join_tokens_by_age ON join_tokens (expires_at);

    CREATE TABLE node_certificates (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      serial TEXT NOT NULL UNIQUE,
      node TEXT NOT NULL,
      key TEXT NOT NULL,
      issued_at INTEGER NOT NULL,
      valid_until INTEGER NOT NULL,
      proof TEXT NOT NULL,
      join_token TEXT
    ) STRICT;
    CREATE INDEX node_certificates_by_key ON node_certificates (key);
    CREATE INDEX node_certificates_by_age ON node_certificates (valid_until);

    CREATE TABLE revocations (
      node TEXT PRIMARY KEY,
      before INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    ALTER TABLE nodes ADD COLUMN certificate_until INTEGER;
  `,
};
