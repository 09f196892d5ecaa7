/**
 * Reads a bolt database: what BuildKit inside Docker notes its snapshots in. Source: go.etcd.io/bbolt, page.go, bucket.go and
 * db.go: little-endian pages in a tree, of which the newer of two meta pages names the root.
 */

const META_PAGES = 2;
const PAGE_HEADER = 16;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
const BRANCH = 0x01;
const LEAF = 0x02;
const BRANCH_ELEMENT = 16;
const LEAF_ELEMENT = 16;
const BUCKET_HEADER = 16;
const IS_BUCKET = 0x01;
/** Of tree and buckets together; real ones have a handful. */
const DEEPEST = 32;
const MOST_PAGES = 100_000;

/** A key with its value, or with what its bucket holds. */
export interface BoltEntry {
  readonly key: string;
  readonly value: string | readonly BoltEntry[];
}

/** All entries. Throws a RangeError for bytes that are no whole bolt database. */
export function readBolt(file: Uint8Array): readonly BoltEntry[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const { pageSize, root } = newestMeta(view);
  return readPage(new BoltReader(view, pageSize), root * pageSize, 0);
}

class BoltReader {
  readonly view: DataView;
  readonly pageSize: number;
  #pages = 0;

  constructor(view: DataView, pageSize: number) {
    this.view = view;
    this.pageSize = pageSize;
  }

  /** Keeps a database that points at itself from being read for ever. */
  countPage(depth: number): void {
    this.#pages += 1;
    if (depth > DEEPEST || this.#pages > MOST_PAGES) throw new RangeError('a bolt database without an end');
  }

  text(at: number, length: number): string {
    if (at + length > this.view.byteLength) throw new RangeError('a bolt entry beyond the end');
    return new TextDecoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + at, length));
  }
}

function newestMeta(view: DataView): { readonly pageSize: number; readonly root: number } {
  let newest: { pageSize: number; root: number; transaction: bigint } | undefined;
  // The second meta page begins where the first one's page ends.
  let at = 0;
  for (let page = 0; page < META_PAGES; page += 1) {
    const meta = at + PAGE_HEADER;
    const isMeta = view.getUint32(meta, true) === MAGIC && view.getUint32(meta + 4, true) === VERSION;
    const pageSize = isMeta ? view.getUint32(meta + 8, true) : (newest?.pageSize ?? 4096);
    if (isMeta && pageSize >= 512) {
      const transaction = view.getBigUint64(meta + 48, true);
      const root = Number(view.getBigUint64(meta + 16, true));
      if (newest === undefined || transaction > newest.transaction) newest = { pageSize, root, transaction };
    }
    at += pageSize;
  }
  if (newest === undefined) throw new RangeError('no bolt database');
  return newest;
}

/** `at` is where the page begins: pages of small buckets lie inside their parents' pages. */
function readPage(reader: BoltReader, at: number, depth: number): readonly BoltEntry[] {
  reader.countPage(depth);
  const { view, pageSize } = reader;
  const flags = view.getUint16(at + 8, true);
  const count = view.getUint16(at + 10, true);
  const entries: BoltEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if ((flags & BRANCH) !== 0) {
      const element = at + PAGE_HEADER + index * BRANCH_ELEMENT;
      const child = Number(view.getBigUint64(element + 8, true));
      entries.push(...readPage(reader, child * pageSize, depth + 1));
    } else if ((flags & LEAF) !== 0) {
      entries.push(readElement(reader, at + PAGE_HEADER + index * LEAF_ELEMENT, depth));
    } else {
      throw new RangeError('a bolt page of an unknown kind');
    }
  }
  return entries;
}

function readElement(reader: BoltReader, element: number, depth: number): BoltEntry {
  const { view, pageSize } = reader;
  const keyAt = element + view.getUint32(element + 4, true);
  const keyLength = view.getUint32(element + 8, true);
  const valueAt = keyAt + keyLength;
  const key = reader.text(keyAt, keyLength);
  const isBucket = (view.getUint32(element, true) & IS_BUCKET) !== 0;
  if (!isBucket) return { key, value: reader.text(valueAt, view.getUint32(element + 12, true)) };
  const root = Number(view.getBigUint64(valueAt, true));
  const page = root === 0 ? valueAt + BUCKET_HEADER : root * pageSize;
  return { key, value: readPage(reader, page, depth + 1) };
}
