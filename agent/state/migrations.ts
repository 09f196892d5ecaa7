/**
 * How the file came to its present shape, step by step. A step that was released is never changed; a new one is added
 * at the end. The file's `user_version` is the number of steps it has seen.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- One row: where node time stood when it was last written, and both clocks then. See node-time.ts.
  CREATE TABLE node_time (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    boot_id TEXT NOT NULL,
    monotonic INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    elapsed INTEGER NOT NULL
  ) STRICT;

  -- used: node time when an image last had the layer.
  CREATE TABLE layer (
    id INTEGER PRIMARY KEY,
    diff_id TEXT NOT NULL UNIQUE,
    used INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE layer_index (
    layer INTEGER PRIMARY KEY REFERENCES layer (id) ON DELETE CASCADE,
    entry_count INTEGER NOT NULL,
    opaque_blind INTEGER NOT NULL,
    encoded BLOB NOT NULL
  ) STRICT;

  -- One version of a cataloger's facts a layer: the last one stored.
  CREATE TABLE layer_facts (
    layer INTEGER NOT NULL REFERENCES layer (id) ON DELETE CASCADE,
    cataloger TEXT NOT NULL,
    version INTEGER NOT NULL,
    facts BLOB NOT NULL,
    PRIMARY KEY (layer, cataloger)
  ) STRICT;

  -- The claims of those facts, apart: they are large, and only merging wants them.
  CREATE TABLE layer_claims (
    layer INTEGER NOT NULL,
    cataloger TEXT NOT NULL,
    claims BLOB NOT NULL,
    PRIMARY KEY (layer, cataloger),
    FOREIGN KEY (layer, cataloger) REFERENCES layer_facts (layer, cataloger) ON DELETE CASCADE
  ) STRICT;

  CREATE TABLE composition (
    key TEXT PRIMARY KEY,
    used INTEGER NOT NULL,
    encoded BLOB NOT NULL
  ) STRICT;

  -- _wall: ms since the epoch, to be shown. _elapsed: node time, to be counted with.
  CREATE TABLE seen (
    image_id TEXT PRIMARY KEY,
    first_wall INTEGER NOT NULL,
    first_elapsed INTEGER NOT NULL,
    used_wall INTEGER,
    used_elapsed INTEGER
  ) STRICT;

  -- AUTOINCREMENT: a number is never given out again.
  CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    wall INTEGER NOT NULL,
    payload BLOB NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_kind ON outbox (kind, number);

  CREATE TABLE loss (
    kind TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL
  ) STRICT;

  -- result: absent while a command runs.
  CREATE TABLE command (
    id TEXT PRIMARY KEY,
    result BLOB,
    expires_wall INTEGER NOT NULL,
    expires_elapsed INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- asked: the command as it came, for whoever finds it begun. result: a sentence. event: the result's number in the outbox.
  ALTER TABLE command ADD COLUMN asked BLOB;
  ALTER TABLE command ADD COLUMN outcome TEXT;
  ALTER TABLE command ADD COLUMN detail BLOB;
  ALTER TABLE command ADD COLUMN event INTEGER;
  `,
  `
  -- harmless: 1 when doing it twice would do no harm.
  ALTER TABLE command ADD COLUMN harmless INTEGER NOT NULL DEFAULT 0;
  `,
];
