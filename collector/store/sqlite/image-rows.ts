import type { ReportedImage } from '../../../core/inventory.ts';
import { imageReport } from '../rows/image-report.ts';
import { speakingNames } from '../rows/image-row.ts';
import { whole } from '../whole.ts';
import type { Database } from './database.ts';
import { keyParts } from '../item-key.ts';
import type { ItemRows } from './item-rows.ts';
import { beginImageLife, endLife } from './lives.ts';

interface HeldRow {
  readonly hash: Uint8Array;
  readonly life: number;
}

/** Images of a node. What nodes report alike is one row of `image_variants`. */
export const imageRows: ItemRows<'image'> = {
  write(context, image, hash) {
    const { database, node } = context;
    const { id: variant, image: id } = ensureVariant(database, image);
    const previous = database.get<HeldRow>(
      'SELECT hash, life FROM node_images WHERE node = ? AND image = ?',
      node,
      id,
    );
    database.run(
      `INSERT INTO node_images (node, image, variant, hash, first_seen, last_used, life) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (node, image) DO UPDATE SET variant = excluded.variant, hash = excluded.hash,
         first_seen = excluded.first_seen, last_used = excluded.last_used`,
      node,
      id,
      variant,
      hash,
      whole(image.firstSeen),
      image.lastUsed === undefined ? null : whole(image.lastUsed),
      previous?.life ?? beginImageLife(context, id),
    );
    context.afterCommit.push((index) => index.add(id, node));
    return previous?.hash;
  },

  remove(context, key) {
    const { database, node } = context;
    const [imageId] = keyParts(key, 'image', 1) ?? [];
    const id = imageId === undefined ? undefined : imageRowId(database, imageId);
    if (id === undefined) return undefined;
    const held = database.get<HeldRow>(
      'DELETE FROM node_images WHERE node = ? AND image = ? RETURNING hash, life',
      node,
      id,
    );
    if (held === undefined) return undefined;
    endLife(context, held.life);
    context.afterCommit.push((index) => index.remove(id, node));
    return held.hash;
  },

  *held(database, node) {
    const rows = database.iterate<{ image_id: string; hash: Uint8Array }>(
      'SELECT i.image_id, ni.hash FROM node_images ni JOIN images i ON i.id = ni.image WHERE ni.node = ?',
      node,
    );
    for (const { image_id, hash } of rows) yield { key: `image/${image_id}`, hash };
  },
};

export function imageRowId(database: Database, imageId: string): number | undefined {
  return database.get<{ id: number }>('SELECT id FROM images WHERE image_id = ?', imageId)?.id;
}

/** Row id of an image, which exists afterwards, if only by its ID. */
export function ensureImage(database: Database, imageId: string): number {
  return (
    imageRowId(database, imageId) ?? database.insert('INSERT INTO images (image_id) VALUES (?)', imageId)
  );
}

/**
 * Makes a stored composition the one of every image that nodes say it belongs to, unless the image has a newer one.
 * Its layers must be the image's own: no node can lend one image the packages of another.
 */
export function adoptComposition(database: Database, key: string): void {
  database.run(
    `UPDATE images SET composition = c.id FROM compositions c
     WHERE c.key = ? AND images.diff_ids = c.diff_ids
       AND (images.composition IS NULL OR images.composition < c.id)
       AND images.id IN (SELECT image FROM image_variants WHERE composition_key = ?)`,
    key,
    key,
  );
}

/** An image ID stands for its content, so the first node that knows the content says what it is. Its name may change. */
function describeImage(database: Database, id: number, image: ReportedImage): void {
  if (image.diffIds.length > 0) {
    database.run(
      `UPDATE images SET os = ?, architecture = ?, variant = ?, built_at = ?, size_bytes = ?, diff_ids = ?
       WHERE id = ? AND diff_ids = '[]'`,
      image.os,
      image.architecture,
      image.variant ?? null,
      image.builtAt === undefined ? null : whole(image.builtAt),
      whole(image.sizeBytes),
      JSON.stringify(image.diffIds),
      id,
    );
  }
  const name = speakingNames(image.names.map((held) => held.name))[0] ?? '';
  database.run('UPDATE images SET name = ? WHERE id = ? AND name <> ?', name, id, name);
}

interface VariantRow {
  readonly id: number;
  readonly image: number;
}

/** The row of a report like this one; the first of its kind describes the image and brings its packages. */
function ensureVariant(database: Database, image: ReportedImage): VariantRow {
  const { digest, names, manifestDigests, labels } = imageReport(image);
  const { imageId, composition = null, sizeBytes, pinned, problem = null } = image;
  const known = database.get<VariantRow & Record<string, unknown>>(
    'SELECT id, image FROM image_variants WHERE digest = ?',
    digest,
  );
  if (known !== undefined) return known;
  const row = ensureImage(database, imageId);
  describeImage(database, row, image);
  const id = database.insert(
    `INSERT INTO image_variants (image, digest, composition_key, size_bytes, pinned, problem, names,
       manifest_digests, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row,
    digest,
    composition,
    whole(sizeBytes),
    Number(pinned),
    problem,
    names,
    manifestDigests,
    labels,
  );
  if (composition !== null) adoptComposition(database, composition);
  return { id, image: row };
}
