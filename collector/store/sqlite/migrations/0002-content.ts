import type { Migration } from './migration.ts';

/** What was read from layers, and what merging made of it. Everything once, however many nodes hold it. */
export const contentMigration: Migration = {
  version: 2,
  sql: `
    CREATE TABLE layers (
      id INTEGER PRIMARY KEY,
      diff_id TEXT NOT NULL UNIQUE
    ) STRICT;

    CREATE TABLE cataloger_sets (
      id INTEGER PRIMARY KEY,
      digest TEXT NOT NULL UNIQUE
    ) STRICT;

    -- One cataloger's view of one layer. Sets that share a cataloger's version share its readings.
    CREATE TABLE readings (
      id INTEGER PRIMARY KEY,
      layer INTEGER NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
      cataloger TEXT NOT NULL,
      version INTEGER NOT NULL,
      UNIQUE (layer, cataloger, version)
    ) STRICT;

    -- Layers whose facts are complete for a set, and by which readings.
    CREATE TABLE layer_sets (
      layer INTEGER NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
      cataloger_set INTEGER NOT NULL REFERENCES cataloger_sets (id),
      stored_at INTEGER NOT NULL,
      PRIMARY KEY (layer, cataloger_set)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE layer_set_readings (
      layer INTEGER NOT NULL,
      cataloger_set INTEGER NOT NULL,
      reading INTEGER NOT NULL REFERENCES readings (id) ON DELETE CASCADE,
      PRIMARY KEY (layer, cataloger_set, reading),
      FOREIGN KEY (layer, cataloger_set) REFERENCES layer_sets (layer, cataloger_set) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX layer_set_readings_by_reading ON layer_set_readings (reading);

    -- A candidate path: what was found there, or nothing, or why it could not be read.
    CREATE TABLE facts (
      id INTEGER PRIMARY KEY,
      reading INTEGER NOT NULL REFERENCES readings (id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      status TEXT NOT NULL,
      message TEXT,
      truncated TEXT,
      release TEXT,
      UNIQUE (reading, path)
    ) STRICT;

    -- Distinct package records, as JSON with sorted keys; digest is its SHA-256.
    CREATE TABLE records (
      id INTEGER PRIMARY KEY,
      digest BLOB NOT NULL UNIQUE,
      record TEXT NOT NULL
    ) STRICT;
    CREATE TABLE fact_packages (
      fact INTEGER NOT NULL REFERENCES facts (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      record INTEGER NOT NULL REFERENCES records (id),
      PRIMARY KEY (fact, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX fact_packages_by_record ON fact_packages (record);

    -- document: the whole composition, JSON in zstd, to derive its packages again when their rules change.
    CREATE TABLE compositions (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      cataloger_set INTEGER NOT NULL REFERENCES cataloger_sets (id),
      diff_ids TEXT NOT NULL,
      release TEXT,
      opaque_blind INTEGER NOT NULL,
      package_count INTEGER NOT NULL,
      document BLOB NOT NULL,
      stored_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE composition_layers (
      composition INTEGER NOT NULL REFERENCES compositions (id) ON DELETE CASCADE,
      position INTEGER NOT NULL,
      layer INTEGER NOT NULL REFERENCES layers (id),
      PRIMARY KEY (composition, position)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX composition_layers_by_layer ON composition_layers (layer);

    -- A package as images have it: its purl and its record. search_name and source_name are written as in
    -- package-search.ts, version with the epoch in front.
    CREATE TABLE packages (
      id INTEGER PRIMARY KEY,
      purl TEXT NOT NULL,
      record INTEGER NOT NULL REFERENCES records (id),
      type TEXT NOT NULL,
      version TEXT NOT NULL,
      search_name TEXT NOT NULL,
      source_name TEXT,
      source_version TEXT,
      UNIQUE (purl, record)
    ) STRICT;
    CREATE INDEX packages_by_record ON packages (record);
    CREATE INDEX packages_by_name ON packages (search_name, purl);
    CREATE INDEX packages_by_source ON packages (source_name) WHERE source_name IS NOT NULL;

    -- locations: JSON [[path, layer, introduced by, cataloger], ...].
    CREATE TABLE composition_packages (
      composition INTEGER NOT NULL REFERENCES compositions (id) ON DELETE CASCADE,
      package INTEGER NOT NULL REFERENCES packages (id),
      locations TEXT NOT NULL,
      PRIMARY KEY (composition, package)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX composition_packages_by_package ON composition_packages (package);
  `,
};
