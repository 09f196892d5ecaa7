import type { LayerFile } from '../../../core/layer.ts';
import { endOf, type Executable, type MappedRange } from './executable.ts';
import { tableAt } from '../bytes/table.ts';
import type { Table } from '../bytes/table.ts';

/** Java classes begin with the same magic as universal files, followed by a version of at least 43. */
const MAX_ARCHITECTURES = 32;
const MAX_COMMAND_BYTES = 1 << 20;

const READ_WRITE = 3;

/** Offsets in the load commands LC_SEGMENT and LC_SEGMENT_64. Source: mach-o/loader.h. */
const LAYOUTS = {
  4: { header: 28, command: 1, protection: 40, sectionCount: 48, sections: 56, section: 68 },
  8: { header: 32, command: 0x19, protection: 56, sectionCount: 64, sections: 72, section: 80 },
} as const;

/** Whether a file beginning with these four bytes, read as a big-endian number, may be a Mach-O file. */
export function isMachO(magic: number): boolean {
  return wordBytesOf(magic) !== undefined || universalEntryBytes(magic) !== undefined;
}

/** Reads a Mach-O file, or each architecture of a universal one. Empty for broken headers. */
export function readMachO(file: LayerFile): readonly Executable[] {
  const head = tableAt(file, 0, 8, false);
  if (head === undefined) return [];
  const entryBytes = universalEntryBytes(head.u32(0));
  if (entryBytes === undefined) return present(readThin(file, 0));
  const count = head.u32(4);
  const table = count <= MAX_ARCHITECTURES ? tableAt(file, 8, count * entryBytes, false) : undefined;
  if (table === undefined) return [];
  const starts = Array.from({ length: count }, (_, i) =>
    table.word(i * entryBytes + 8, entryBytes === 32 ? 8 : 4),
  );
  return starts.flatMap((start) => present(readThin(file, start)));
}

function readThin(file: LayerFile, start: number): Executable | undefined {
  const magic = tableAt(file, start, 4, false)?.u32(0) ?? 0;
  const wordBytes = wordBytesOf(magic);
  if (wordBytes === undefined) return undefined;
  const littleEndian = magic >>> 24 !== 0xfe;
  const layout = LAYOUTS[wordBytes];
  const size = tableAt(file, start, layout.header, littleEndian)?.u32(20) ?? 0;
  const commands =
    size <= MAX_COMMAND_BYTES ? tableAt(file, start + layout.header, size, littleEndian) : undefined;
  if (commands === undefined) return undefined;
  const mapped: MappedRange[] = [];
  const sections = new Map<string, MappedRange>();
  let writable: MappedRange | undefined;
  for (let at = 0; at + 8 <= size;) {
    const length = commands.u32(at + 4);
    if (length < 8 || at + length > size) break;
    if (commands.u32(at) === layout.command && length >= layout.sections) {
      const segment = readSegment(commands, at, wordBytes, start);
      if (commands.text(at + 8, 16) !== '__PAGEZERO') mapped.push(segment);
      addSections(sections, { commands, segmentAt: at, length, wordBytes, start });
      if (isWritable(commands, at, wordBytes) && segment.size > 0) writable ??= segment;
    }
    at += length;
  }
  return {
    file,
    littleEndian,
    wordBytes,
    mapped,
    writable,
    section: (name) => sections.get(name),
    end: () => endOf(mapped),
  };
}

function readSegment(commands: Table, at: number, wordBytes: 4 | 8, start: number): MappedRange {
  return {
    address: commands.word(at + 24, wordBytes),
    offset: start + commands.word(at + 24 + 2 * wordBytes, wordBytes),
    size: commands.word(at + 24 + 3 * wordBytes, wordBytes),
  };
}

interface SegmentCommand {
  readonly commands: Table;
  readonly segmentAt: number;
  readonly length: number;
  readonly wordBytes: 4 | 8;
  /** Where in the file the architecture begins. */
  readonly start: number;
}

/** Of several sections of one name the first counts. */
function addSections(
  found: Map<string, MappedRange>,
  { commands, segmentAt, length, wordBytes, start }: SegmentCommand,
): void {
  const { sectionCount, sections, section } = LAYOUTS[wordBytes];
  const count = Math.min(commands.u32(segmentAt + sectionCount), Math.floor((length - sections) / section));
  for (let i = 0; i < count; i += 1) {
    const at = segmentAt + sections + i * section;
    const name = commands.text(at, 16);
    if (found.has(name)) continue;
    found.set(name, {
      address: commands.word(at + 32, wordBytes),
      size: commands.word(at + 32 + wordBytes, wordBytes),
      offset: start + commands.u32(at + 32 + 2 * wordBytes),
    });
  }
}

function isWritable(commands: Table, at: number, wordBytes: 4 | 8): boolean {
  const { protection } = LAYOUTS[wordBytes];
  return commands.u32(at + protection) === READ_WRITE && commands.u32(at + protection + 4) === READ_WRITE;
}

function wordBytesOf(magic: number): 4 | 8 | undefined {
  if (magic === 0xfeedface || magic === 0xcefaedfe) return 4;
  return magic === 0xfeedfacf || magic === 0xcffaedfe ? 8 : undefined;
}

function universalEntryBytes(magic: number): 20 | 32 | undefined {
  if (magic === 0xcafebabe) return 20;
  return magic === 0xcafebabf ? 32 : undefined;
}

function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}
