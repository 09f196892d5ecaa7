import type { PackageRecord } from '../../../core/facts.ts';
import { bytesSource } from '../bytes/source.ts';
import { openZip, type ZipArchive } from '../zip/archive.ts';
import { isStored, rawContent, readEntry } from '../zip/content.ts';
import type { ZipEntry } from '../zip/entries.ts';
import type { ReadingBudget } from './budget.ts';
import { readContents } from './contents.ts';
import { parseFileName } from './file-name.ts';
import { recordsOf, type ArchivePlace } from './records.ts';

const MAX_INSIDE_LENGTH = 1000;
/** Smaller ones may share their memory with others. */
const LARGE_BYTES = 256 << 10;

/** What is being read, how deep it lies, and where its packages go. */
interface Walk extends ArchivePlace {
  readonly depth: number;
  readonly budget: ReadingBudget;
  readonly found: PackageRecord[];
}

/**
 * The packages of a file and of all archives in it, as deep as the budget allows. What lies stored is read in place,
 * what is compressed in memory. Undefined when the file is no zip archive; throws a ZipError when it is a damaged one.
 */
export function packagesIn(file: ArchivePlace, budget: ReadingBudget): readonly PackageRecord[] | undefined {
  const archive = openZip(file.source);
  if (archive === undefined) return undefined;
  const found: PackageRecord[] = [];
  readArchive(archive, { ...file, depth: 0, budget, found });
  return found;
}

function readArchive(archive: ZipArchive, walk: Walk): void {
  const contents = readContents(archive, walk.budget);
  for (const record of recordsOf(walk, contents, walk.budget)) add(walk, record);
  for (const entry of contents.nested) readNested(archive, entry, walk);
}

/** One that cannot be read still has a name, which may tell what it is. */
function readNested(archive: ZipArchive, entry: ZipEntry, outer: Walk): void {
  const inside = outer.inside === undefined ? entry.name : `${outer.inside}!/${entry.name}`;
  const place = {
    ...outer,
    path: entry.name,
    inside: inside.slice(0, MAX_INSIDE_LENGTH),
    depth: outer.depth + 1,
  };
  if (openNested(archive, entry, place)) return;
  const { name, version } = parseFileName(entry.name);
  if (version !== '') add(place, { type: 'maven', name, version });
}

/** False when it cannot be read, which is noted. */
function openNested(archive: ZipArchive, entry: ZipEntry, place: Walk): boolean {
  const { budget, depth, inside } = place;
  if (!budget.takeArchive(depth)) {
    budget.note(`${inside} was not opened: it lies too deep, or too many were`);
    return false;
  }
  try {
    if (isStored(entry)) readInner({ ...place, source: rawContent(archive, entry) });
    else readDeflated(archive, entry, place);
    return true;
  } catch (error) {
    budget.note(error instanceof Error ? error.message : String(error));
    return false;
  }
}

function readDeflated(archive: ZipArchive, entry: ZipEntry, place: Walk): void {
  const bytes = readEntry(archive, entry, place.budget.inflatable(entry.compressedSize));
  place.budget.hold(bytes.length);
  try {
    readInner({ ...place, source: bytesSource(bytes) });
  } finally {
    place.budget.release(bytes.length);
    free(bytes);
  }
}

/** By hand, for to the garbage collector it looks small; unless it is part of what others use, too. */
function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= LARGE_BYTES && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function readInner(walk: Walk): void {
  const archive = openZip(walk.source);
  if (archive !== undefined) readArchive(archive, walk);
}

function add({ inside, budget, found }: Walk, record: PackageRecord): void {
  if (!budget.countPackage()) return;
  found.push(inside === undefined ? record : { ...record, inside });
}
