import { stateKey, type StateItem } from '../../../core/inventory.ts';
import { BUCKET_COUNT, bucketOf, HASH_BYTES, StateTree } from '../../../core/state-tree.ts';
import { sha256 } from '../../../platform/sha256.ts';
import type { IncomingItem } from '../../ingest/ingest-store.ts';
import { keyParts, type HeldItem } from '../item-key.ts';
import { StoreError } from '../store-error.ts';
import { containerRows } from './container-rows.ts';
import type { Database, Statements } from './database.ts';
import { hostRows } from './host-rows.ts';
import { ensureImages, ensureVariants, imageRows, knownImages } from './image-rows.ts';
import type { HashedItem, WriteContext, Written } from './item-rows.ts';
import { SHARE_GATE } from './locks.ts';
import { lockOwnNode, nodeIdOf } from './node-rows.ts';
import { processRows } from './process-rows.ts';
import { storable } from './values.ts';

const KINDS = [hostRows, imageRows, containerRows, processRows] as const;

/** A node's change, as its session hands it in. */
interface StateChange {
  readonly node: string;
  readonly upserts: readonly IncomingItem[];
  readonly deletes: readonly string[];
  readonly at: number;
}

/** See `IngestStore.applyState`. A few round trips, however many items there are. */
export function applyState(database: Database, replica: string, change: StateChange): Promise<HeldItem[]> {
  for (const item of change.upserts) checkItem(change.node, item);
  return database.transaction(async (statements) => {
    await statements.run(`SELECT ${SHARE_GATE}`);
    const node = await lockOwnNode(statements, replica, change.node, change.at);
    const written = await write({ statements, node, at: change.at }, change);
    await count(statements, node, written);
    const before = new Map(written.flatMap((one) => one.before.map(({ key, hash }) => [key, hash])));
    const keys = new Set([...change.upserts.map(({ key }) => key), ...change.deletes]);
    return [...keys].flatMap((key) => {
      const hash = before.get(key);
      return hash === undefined ? [] : { key, hash };
    });
  });
}

/** See `IngestStore.bucketHashes`. */
export async function bucketHashes(statements: Statements, node: string): Promise<Uint8Array> {
  const tree = new StateTree(sha256);
  for (const { key, hash } of await heldItems(statements, node)) tree.toggle(bucketOf(sha256, key), hash);
  return tree.buckets();
}

/** See `IngestStore.bucketItems`. */
export async function bucketItems(
  statements: Statements,
  node: string,
  buckets: readonly number[],
): Promise<HeldItem[]> {
  const wanted = new Uint8Array(BUCKET_COUNT);
  for (const bucket of buckets) if (bucket >= 0 && bucket < BUCKET_COUNT) wanted[bucket] = 1;
  const held = await heldItems(statements, node);
  return held.filter(({ key }) => wanted[bucketOf(sha256, key)] === 1);
}

function checkItem(node: string, { key, hash, item }: IncomingItem): void {
  if (key === stateKey(item) && hash.length === HASH_BYTES && storable(key) === key) return;
  throw new StoreError('invalid', `state item ${key} of node ${node} does not fit its key or hash`);
}

async function write(
  parts: Omit<WriteContext, 'images'>,
  { upserts, deletes }: StateChange,
): Promise<Written[]> {
  const { statements } = parts;
  const items = [...new Map(upserts.map((one) => [one.key, one])).values()];
  const images = ofKind(items, 'image');
  const variants = await ensureVariants(
    statements,
    images.map(({ value }) => value),
  );
  const context = { ...parts, images: await namedImages(statements, items, deletes) };
  // Sent one behind the other without waiting: each has tables of its own.
  return Promise.all([
    hostRows.write(context, ofKind(items, 'host')),
    imageRows.write(
      context,
      images.map((image, at) => ({ ...image, variant: variants[at] ?? 0 })),
    ),
    containerRows.write(context, ofKind(items, 'container')),
    processRows.write(context, ofKind(items, 'process')),
    ...(deletes.length === 0 ? [] : KINDS.map((rows) => rows.remove(context, deletes))),
  ]);
}

/** Row ids of all images that are named: those of items exist afterwards. */
async function namedImages(
  statements: Statements,
  items: readonly IncomingItem[],
  deletes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const held = new Set<string>();
  for (const { item } of items) {
    if (item.kind !== 'host' && item.value.imageId !== undefined) held.add(item.value.imageId);
  }
  const ensured = await ensureImages(statements, [...held]);
  const others = deletes.flatMap((key) => keyParts(key, 'image', 1) ?? []).filter((id) => !held.has(id));
  const known = await knownImages(statements, others);
  return new Map([...ensured, ...known]);
}

function ofKind<Kind extends StateItem['kind']>(
  items: readonly IncomingItem[],
  kind: Kind,
): HashedItem<Kind>[] {
  return items.flatMap(({ key, hash, item }) =>
    item.kind === kind ? ({ key, hash, value: item.value } as HashedItem<Kind>) : [],
  );
}

async function count(statements: Statements, node: number, written: readonly Written[]): Promise<void> {
  const sum = (of: keyof Written['counts']) =>
    written.reduce((total, { counts }) => total + (counts[of] ?? 0), 0);
  const [images, containers, running, processes] = [
    sum('images'),
    sum('containers'),
    sum('running'),
    sum('processes'),
  ];
  if (images === 0 && containers === 0 && running === 0 && processes === 0) return;
  await statements.run(
    `UPDATE nodes SET images = images + $2, containers = containers + $3, running = running + $4,
       processes = processes + $5 WHERE id = $1`,
    node,
    images,
    containers,
    running,
    processes,
  );
}

async function heldItems(statements: Statements, node: string): Promise<HeldItem[]> {
  const id = await nodeIdOf(statements, node);
  if (id === undefined) return [];
  return (await Promise.all(KINDS.map((rows) => rows.held(statements, id)))).flat();
}
