import type { Migration } from './migration.ts';

/**
 * What nodes hold now, one row per state item with its hash, and what they held before.
 * Triggers keep counts: how many of each a node holds (`node_counts`), how far an image has spread (`images`), and how
 * many nodes report a variant (`uses`).
 */
export const stateMigration: Migration = {
  version: 3,
  sql: `
    CREATE TABLE hosts (
      node INTEGER PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
      hash BLOB NOT NULL,
      host TEXT NOT NULL
    ) STRICT;

    -- Once per image ID. Named by a container alone, an image has an ID and nothing else.
    CREATE TABLE images (
      id INTEGER PRIMARY KEY,
      image_id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL DEFAULT '',
      os TEXT NOT NULL DEFAULT '',
      architecture TEXT NOT NULL DEFAULT '',
      variant TEXT,
      built_at INTEGER,
      size_bytes INTEGER NOT NULL DEFAULT 0,
      diff_ids TEXT NOT NULL DEFAULT '[]',
      composition INTEGER REFERENCES compositions (id) ON DELETE SET NULL,
      nodes INTEGER NOT NULL DEFAULT 0,
      containers INTEGER NOT NULL DEFAULT 0,
      running INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX images_by_composition ON images (composition) WHERE composition IS NOT NULL;

    -- The different ways in which nodes report an image; most nodes report it alike. digest is of the report.
    CREATE TABLE image_variants (
      id INTEGER PRIMARY KEY,
      image INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      digest BLOB NOT NULL UNIQUE,
      composition_key TEXT,
      size_bytes INTEGER NOT NULL,
      pinned INTEGER NOT NULL,
      problem TEXT,
      names TEXT NOT NULL,
      manifest_digests TEXT NOT NULL,
      labels TEXT NOT NULL,
      uses INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX image_variants_by_image ON image_variants (image);
    CREATE INDEX image_variants_by_composition ON image_variants (composition_key)
      WHERE composition_key IS NOT NULL;

    CREATE TABLE node_images (
      node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
      image INTEGER NOT NULL REFERENCES images (id),
      variant INTEGER NOT NULL REFERENCES image_variants (id),
      hash BLOB NOT NULL,
      first_seen INTEGER NOT NULL,
      last_used INTEGER,
      life INTEGER NOT NULL,
      PRIMARY KEY (node, image)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX node_images_by_image ON node_images (image);
    CREATE INDEX node_images_by_variant ON node_images (variant);

    CREATE TABLE containers (
      id INTEGER PRIMARY KEY,
      node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
      engine TEXT NOT NULL,
      namespace TEXT NOT NULL,
      container_id TEXT NOT NULL,
      hash BLOB NOT NULL,
      name TEXT NOT NULL,
      kind TEXT NOT NULL,
      state TEXT NOT NULL,
      running INTEGER NOT NULL,
      image INTEGER REFERENCES images (id),
      image_name TEXT NOT NULL,
      created_at INTEGER,
      pid INTEGER,
      snapshotter TEXT,
      snapshot_key TEXT,
      pod_name TEXT,
      pod_namespace TEXT,
      pod_uid TEXT,
      privileged INTEGER,
      life INTEGER NOT NULL,
      UNIQUE (node, engine, namespace, container_id)
    ) STRICT;
    CREATE INDEX containers_by_node ON containers (node, running, image);
    CREATE INDEX containers_by_image ON containers (image, running) WHERE image IS NOT NULL;

    CREATE TABLE processes (
      node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
      boot_id TEXT NOT NULL,
      pid INTEGER NOT NULL,
      start_ticks INTEGER NOT NULL,
      hash BLOB NOT NULL,
      parent_pid INTEGER NOT NULL,
      started_at INTEGER NOT NULL,
      command TEXT NOT NULL,
      executable TEXT NOT NULL,
      uid INTEGER NOT NULL,
      user TEXT NOT NULL,
      attribution TEXT NOT NULL,
      container_id TEXT,
      pod_uid TEXT,
      image INTEGER REFERENCES images (id),
      PRIMARY KEY (node, boot_id, pid, start_ticks)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX processes_by_image ON processes (image) WHERE image IS NOT NULL;

    -- A life: from when to when an image or container was on a node. Exactly one of image and container_key is set.
    CREATE TABLE lives (
      id INTEGER PRIMARY KEY,
      node INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
      image INTEGER REFERENCES images (id) ON DELETE CASCADE,
      container_key TEXT,
      summary TEXT,
      appeared_at INTEGER NOT NULL,
      gone_at INTEGER,
      changed_at INTEGER NOT NULL GENERATED ALWAYS AS (coalesce(gone_at, appeared_at)) VIRTUAL
    ) STRICT;
    CREATE INDEX lives_by_time ON lives (changed_at, id);
    CREATE INDEX lives_by_node ON lives (node, changed_at, id);
    CREATE INDEX lives_by_image ON lives (image) WHERE image IS NOT NULL;
    CREATE INDEX lives_gone ON lives (gone_at) WHERE gone_at IS NOT NULL;

    CREATE TABLE node_counts (
      node INTEGER PRIMARY KEY REFERENCES nodes (id) ON DELETE CASCADE,
      images INTEGER NOT NULL DEFAULT 0,
      containers INTEGER NOT NULL DEFAULT 0,
      running INTEGER NOT NULL DEFAULT 0,
      processes INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    INSERT INTO node_counts (node) SELECT id FROM nodes;
    CREATE TRIGGER nodes_added AFTER INSERT ON nodes BEGIN
      INSERT INTO node_counts (node) VALUES (NEW.id);
    END;

    CREATE TRIGGER node_images_added AFTER INSERT ON node_images BEGIN
      UPDATE node_counts SET images = images + 1 WHERE node = NEW.node;
      UPDATE images SET nodes = nodes + 1 WHERE id = NEW.image;
      UPDATE image_variants SET uses = uses + 1 WHERE id = NEW.variant;
    END;
    CREATE TRIGGER node_images_removed AFTER DELETE ON node_images BEGIN
      UPDATE node_counts SET images = images - 1 WHERE node = OLD.node;
      UPDATE images SET nodes = nodes - 1 WHERE id = OLD.image;
      UPDATE image_variants SET uses = uses - 1 WHERE id = OLD.variant;
      DELETE FROM image_variants WHERE id = OLD.variant AND uses = 0;
    END;
    CREATE TRIGGER node_images_reported_otherwise AFTER UPDATE OF variant ON node_images
    WHEN OLD.variant <> NEW.variant BEGIN
      UPDATE image_variants SET uses = uses + 1 WHERE id = NEW.variant;
      UPDATE image_variants SET uses = uses - 1 WHERE id = OLD.variant;
      DELETE FROM image_variants WHERE id = OLD.variant AND uses = 0;
    END;

    CREATE TRIGGER containers_added AFTER INSERT ON containers BEGIN
      UPDATE node_counts SET containers = containers + 1, running = running + NEW.running WHERE node = NEW.node;
      UPDATE images SET containers = containers + 1, running = running + NEW.running WHERE id = NEW.image;
    END;
    CREATE TRIGGER containers_removed AFTER DELETE ON containers BEGIN
      UPDATE node_counts SET containers = containers - 1, running = running - OLD.running WHERE node = OLD.node;
      UPDATE images SET containers = containers - 1, running = running - OLD.running WHERE id = OLD.image;
    END;
    CREATE TRIGGER containers_changed AFTER UPDATE OF image, running ON containers
    WHEN OLD.image IS NOT NEW.image OR OLD.running <> NEW.running BEGIN
      UPDATE node_counts SET running = running - OLD.running + NEW.running WHERE node = NEW.node;
      UPDATE images SET containers = containers - 1, running = running - OLD.running WHERE id = OLD.image;
      UPDATE images SET containers = containers + 1, running = running + NEW.running WHERE id = NEW.image;
    END;

    CREATE TRIGGER processes_added AFTER INSERT ON processes BEGIN
      UPDATE node_counts SET processes = processes + 1 WHERE node = NEW.node;
    END;
    CREATE TRIGGER processes_removed AFTER DELETE ON processes BEGIN
      UPDATE node_counts SET processes = processes - 1 WHERE node = OLD.node;
    END;
  `,
};
