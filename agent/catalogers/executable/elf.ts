import type { LayerFile } from '../../../core/layer.ts';
import { endOf, type Executable, type MappedRange } from './executable.ts';
import { tableAt } from '../bytes/table.ts';
import type { Table } from '../bytes/table.ts';

/** More than linkers make; what lies beyond is not looked at. */
const MAX_SEGMENTS = 1024;
const MAX_SECTIONS = 4096;
const MAX_NAME_BYTES = 256 << 10;

const PT_LOAD = 1;
const PF_X = 1;
const PF_W = 2;
const SHT_NOBITS = 8;
const ET_EXEC = 2;
const ET_DYN = 3;

/**
 * Offsets of the fields that we read, for words of 4 and of 8 bytes.
 * `tables`: where the header says where the table of segments, of sections begins; how long and how many its entries are.
 * Source: elf(5).
 */
const LAYOUTS = {
  4: {
    headerBytes: 52,
    tables: { segments: { start: 28, shape: 42 }, sections: { start: 32, shape: 46 } },
    segment: { bytes: 32, offset: 4, address: 8, size: 16, flags: 24 },
    section: { bytes: 40, offset: 16, address: 12, size: 20 },
  },
  8: {
    headerBytes: 64,
    tables: { segments: { start: 32, shape: 54 }, sections: { start: 40, shape: 58 } },
    segment: { bytes: 56, offset: 8, address: 16, size: 32, flags: 4 },
    section: { bytes: 64, offset: 24, address: 16, size: 32 },
  },
} as const;

interface Elf {
  readonly file: LayerFile;
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
  readonly header: Table;
}

/** Reads an ELF program or shared object; undefined for other kinds and for broken headers. */
export function readElf(file: LayerFile): Executable | undefined {
  const [bits, order] = file.read(4, 2);
  if ((bits !== 1 && bits !== 2) || (order !== 1 && order !== 2)) return undefined;
  const wordBytes = bits === 1 ? 4 : 8;
  const littleEndian = order === 1;
  const header = tableAt(file, 0, LAYOUTS[wordBytes].headerBytes, littleEndian);
  if (header === undefined) return undefined;
  const kind = header.u16(16);
  if (kind !== ET_EXEC && kind !== ET_DYN) return undefined;
  const elf = { file, wordBytes, littleEndian, header } as const;
  const { mapped, writable } = readSegments(elf);
  let sections: Sections | undefined;
  return {
    file,
    littleEndian,
    wordBytes,
    mapped,
    writable,
    section: (name) => findSection(elf, (sections ??= readSections(elf)), name),
    end: () => endOf([...mapped, ...sectionRanges(elf, (sections ??= readSections(elf)))]),
  };
}

function readSegments(elf: Elf): {
  readonly mapped: readonly MappedRange[];
  readonly writable?: MappedRange;
} {
  const { tables, segment } = LAYOUTS[elf.wordBytes];
  const mapped: MappedRange[] = [];
  let writable: MappedRange | undefined;
  const { table, ends } = rowsOf(elf, tables.segments, segment.bytes, MAX_SEGMENTS);
  for (let at = 0; at < ends; at += segment.bytes) {
    if (table.u32(at) !== PT_LOAD) continue;
    const range = rangeOf(elf, table, at, segment);
    mapped.push(range);
    if ((table.u32(at + segment.flags) & (PF_X | PF_W)) === PF_W) writable ??= range;
  }
  return { mapped, ...(writable !== undefined && { writable }) };
}

interface Sections extends Rows {
  /** Where their names lie; absent when the header points nowhere. */
  readonly names?: Table;
}

function readSections(elf: Elf): Sections {
  const { tables, section } = LAYOUTS[elf.wordBytes];
  const rows = rowsOf(elf, tables.sections, section.bytes, MAX_SECTIONS);
  const holdsNames = elf.header.u16(tables.sections.shape + 4) * section.bytes;
  if (holdsNames >= rows.ends) return rows;
  const { offset, size } = rangeOf(elf, rows.table, holdsNames, section);
  const names = tableAt(elf.file, offset, Math.min(size, MAX_NAME_BYTES), elf.littleEndian);
  return names === undefined ? rows : { ...rows, names };
}

function findSection(elf: Elf, { table, ends, names }: Sections, name: string): MappedRange | undefined {
  const { section } = LAYOUTS[elf.wordBytes];
  if (names === undefined) return undefined;
  for (let at = 0; at < ends; at += section.bytes) {
    if (table.u32(at + 4) === SHT_NOBITS || !names.hasText(table.u32(at), name)) continue;
    return rangeOf(elf, table, at, section);
  }
  return undefined;
}

/** The sections that have bytes in the file, and the table of them. */
function sectionRanges(elf: Elf, { table, ends }: Sections): readonly Pick<MappedRange, 'offset' | 'size'>[] {
  const { tables, section } = LAYOUTS[elf.wordBytes];
  const ranges = [{ offset: elf.header.word(tables.sections.start, elf.wordBytes), size: ends }];
  for (let at = 0; at < ends; at += section.bytes)
    if (table.u32(at + 4) !== SHT_NOBITS) ranges.push(rangeOf(elf, table, at, section));
  return ranges;
}

/** A table of the file, and where its last row ends. */
interface Rows {
  readonly table: Table;
  readonly ends: number;
}

/** Without rows when they are not as long as they should be, or lie beyond the end of the file. */
function rowsOf(
  { file, header, wordBytes, littleEndian }: Elf,
  { start, shape }: { readonly start: number; readonly shape: number },
  bytes: number,
  max: number,
): Rows {
  const ends = header.u16(shape) === bytes ? Math.min(header.u16(shape + 2), max) * bytes : 0;
  const table = tableAt(file, header.word(start, wordBytes), ends, littleEndian);
  return table === undefined ? { table: header, ends: 0 } : { table, ends };
}

function rangeOf(
  { wordBytes }: Elf,
  table: Table,
  at: number,
  fields: { readonly address: number; readonly offset: number; readonly size: number },
): MappedRange {
  return {
    address: table.word(at + fields.address, wordBytes),
    offset: table.word(at + fields.offset, wordBytes),
    size: table.word(at + fields.size, wordBytes),
  };
}
