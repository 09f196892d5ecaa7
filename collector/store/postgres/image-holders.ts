import { NodeSet } from '../node-set.ts';
import type { Database, Statements } from './database.ts';
import { FOLD_LOCK, TRY_FOLD_LOCK } from './locks.ts';
import { byteText, list, rows } from './values.ts';

interface HoldersRow {
  readonly image: number;
  readonly bits: string;
}

/** Bits in base64: the client reads bytes as hexadecimal text, which takes twice as long on both sides. */
const SELECT_HOLDERS = `SELECT image, encode(bits, 'base64') AS bits FROM image_holders
  WHERE image = ANY($1::bigint[])`;

interface ChangeRow {
  readonly sequence: number;
  readonly image: number;
  readonly node: number;
  readonly held: number;
  readonly containers: number;
  readonly running: number;
}

/** Which nodes hold each of the images, by row ids, as of the statements' moment. */
export async function holdersOf(
  statements: Statements,
  images: readonly number[],
): Promise<Map<number, NodeSet>> {
  const [folded, changes] = await Promise.all([
    statements.all<HoldersRow>(SELECT_HOLDERS, list(images)),
    statements.all<ChangeRow>('SELECT * FROM image_changes WHERE held <> 0 ORDER BY sequence'),
  ]);
  const sets = new Map(images.map((image) => [image, new NodeSet()]));
  for (const { image, bits } of folded) sets.set(image, NodeSet.of(Buffer.from(bits, 'base64')));
  for (const change of changes) apply(change, sets.get(change.image));
  return sets;
}

/** Nodes that hold any of the images. */
export function union(holders: ReadonlyMap<number, NodeSet>, images: Iterable<number>): NodeSet {
  const all = new NodeSet();
  for (const image of images) {
    const set = holders.get(image);
    if (set !== undefined) all.addAll(set);
  }
  return all;
}

/**
 * Takes what changed since the last fold into the rows of images: one collector at a time, and at most `most` changes.
 * Returns how many it took; undefined when another collector is at it.
 */
export function foldChanges(database: Database, most: number): Promise<number | undefined> {
  return database.transaction(async (statements) => {
    const { mine } = (await statements.get<{ mine: boolean }>(`SELECT ${TRY_FOLD_LOCK} AS mine`)) ?? {};
    return mine === true ? fold(statements, most) : undefined;
  });
}

/** As `foldChanges`, all of them, within a transaction. */
export async function foldAll(statements: Statements): Promise<void> {
  await statements.run(`SELECT ${FOLD_LOCK}`);
  await fold(statements, Number.MAX_SAFE_INTEGER);
}

async function fold(statements: Statements, most: number): Promise<number> {
  const changes = await statements.all<ChangeRow>(
    `DELETE FROM image_changes WHERE sequence IN (SELECT sequence FROM image_changes ORDER BY sequence LIMIT $1)
     RETURNING *`,
    most,
  );
  if (changes.length === 0) return 0;
  changes.sort((a, b) => a.sequence - b.sequence);
  const images = [...new Set(changes.map(({ image }) => image))].sort((a, b) => a - b);
  const counted = images.map((image) => ({ image, held: 0, containers: 0, running: 0 }));
  const byImage = new Map(counted.map((one) => [one.image, one]));
  for (const { image, held, containers, running } of changes) {
    const sums = byImage.get(image);
    if (sums === undefined) continue;
    sums.held += held;
    sums.containers += containers;
    sums.running += running;
  }
  await statements.run(
    'SELECT id FROM images WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE',
    list(images),
  );
  await statements.run(
    `UPDATE images i SET nodes = i.nodes + r.held, containers = i.containers + r.containers,
       running = i.running + r.running
     FROM json_to_recordset($1::json) AS r (image bigint, held bigint, containers bigint, running bigint)
     WHERE i.id = r.image`,
    rows(counted),
  );
  await foldHolders(
    statements,
    changes.filter(({ held }) => held !== 0),
  );
  return changes.length;
}

async function foldHolders(statements: Statements, changes: readonly ChangeRow[]): Promise<void> {
  const images = [...new Set(changes.map(({ image }) => image))];
  if (images.length === 0) return;
  const sets = new Map(images.map((image) => [image, new NodeSet()]));
  const folded = await statements.all<HoldersRow>(SELECT_HOLDERS, list(images));
  for (const { image, bits } of folded) sets.set(image, NodeSet.of(Buffer.from(bits, 'base64')));
  for (const change of changes) apply(change, sets.get(change.image));
  await statements.run(
    `INSERT INTO image_holders (image, bits)
     SELECT r.image, r.bits FROM json_to_recordset($1::json) AS r (image bigint, bits bytea)
       JOIN images i ON i.id = r.image
     ON CONFLICT (image) DO UPDATE SET bits = excluded.bits`,
    rows([...sets].map(([image, set]) => ({ image, bits: byteText(set.bytes()) }))),
  );
}

function apply({ node, held }: ChangeRow, set: NodeSet | undefined): void {
  if (held > 0) set?.add(node);
  else set?.remove(node);
}
