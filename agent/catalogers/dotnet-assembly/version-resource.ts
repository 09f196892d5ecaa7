import { tableAt, type Table } from '../bytes/table.ts';
import type { MappedRange } from '../executable/executable.ts';
import type { PeExecutable } from '../executable/pe.ts';

/** Number of the directory of resources in the optional header. */
const RESOURCES = 2;
const RT_VERSION = 16;
/** Type, name and language. */
const LEVELS = 3;
const TABLE_BYTES = 16;
const ENTRY_BYTES = 8;
/** Set in an entry's offset when it leads to a further table. */
const IS_TABLE = 0x80000000;
/** More than any program has of a kind. */
const MAX_ENTRIES = 4096;

const MAX_BYTES = 64 << 10;
const MAX_NODES = 500;
/** Length, length of the value, and type. */
const NODE_BYTES = 6;
const ALIGNMENT = 4;

/**
 * The texts of an executable's version resource by name, such as `ProductVersion`; empty when it has none. Of several
 * languages the first counts. Sources: Microsoft's "PE Format", ".rsrc section"; "VS_VERSIONINFO structure".
 */
export function versionTexts(executable: PeExecutable): ReadonlyMap<string, string> {
  const range = findVersion(executable);
  if (range === undefined || range.size > MAX_BYTES) return new Map();
  const resource = tableAt(executable.file, range.offset, range.size, true);
  return resource === undefined ? new Map() : readTexts(resource);
}

function findVersion(executable: PeExecutable): MappedRange | undefined {
  const root = executable.directory(RESOURCES);
  if (root === undefined) return undefined;
  let at = 0;
  for (let level = 0; level < LEVELS; level += 1) {
    const next = entryOf(executable, root, at, level === 0 ? RT_VERSION : undefined);
    if (next === undefined || next >= IS_TABLE !== level < LEVELS - 1) return undefined;
    at = next % IS_TABLE;
  }
  const leaf = tableAt(executable.file, root.offset + at, 8, true);
  return leaf && executable.place(leaf.u32(0), leaf.u32(4));
}

/** What an entry of a table leads to: that of a number, or else the first. */
function entryOf(
  { file }: PeExecutable,
  root: MappedRange,
  at: number,
  wanted: number | undefined,
): number | undefined {
  const head = tableAt(file, root.offset + at, TABLE_BYTES, true);
  if (head === undefined) return undefined;
  // Entries with names come before those with numbers.
  const count = Math.min(head.u16(12) + head.u16(14), MAX_ENTRIES);
  const entries = tableAt(file, root.offset + at + TABLE_BYTES, count * ENTRY_BYTES, true);
  for (let entry = 0; entries !== undefined && entry < count; entry += 1) {
    if (wanted === undefined || entries.u32(entry * ENTRY_BYTES) === wanted)
      return entries.u32(entry * ENTRY_BYTES + 4);
  }
  return undefined;
}

/** A node: lengths, a key in UTF-16, a value and further nodes, each beginning at a multiple of four bytes. */
interface Node {
  readonly key: string;
  /** Of its value. */
  readonly start: number;
  readonly valueBytes: number;
  readonly end: number;
}

function readTexts(resource: Table): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let budget = MAX_NODES;

  function* children(start: number, end: number): Generator<Node> {
    for (let at = aligned(start); at + NODE_BYTES <= end && budget > 0; budget -= 1) {
      const node = nodeAt(resource, at, end);
      if (node === undefined) return;
      yield node;
      at = aligned(node.end);
    }
  }

  for (const root of children(0, resource.bytes.length)) {
    for (const kind of children(root.start + root.valueBytes, root.end)) {
      if (kind.key !== 'StringFileInfo' || texts.size > 0) continue;
      const [language] = children(kind.start, kind.end);
      if (language === undefined) continue;
      for (const { key, start, end } of children(language.start, language.end))
        if (!texts.has(key)) texts.set(key, textIn(resource, start, end).trim());
    }
    break;
  }
  return texts;
}

function nodeAt(resource: Table, at: number, limit: number): Node | undefined {
  const length = resource.u16(at);
  const end = at + length;
  if (length <= NODE_BYTES || end > limit) return undefined;
  const key = textIn(resource, at + NODE_BYTES, end);
  const start = aligned(at + NODE_BYTES + 2 * (key.length + 1));
  return { key, start: Math.min(start, end), valueBytes: resource.u16(at + 2), end };
}

/** Up to the first NUL. */
function textIn({ bytes }: Table, start: number, end: number): string {
  const text = new TextDecoder('utf-16le').decode(bytes.subarray(start, end));
  const stop = text.indexOf('\0');
  return stop < 0 ? text : text.slice(0, stop);
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
