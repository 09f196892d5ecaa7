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
  return {
    file,
    littleEndian,
    mapped,
    writable,
    section: (name) => findSection(elf, name),
    end: () => endOf([...mapped, ...sectionRanges(elf)]),
  };
}

function readSegments(elf: Elf): {
  readonly mapped: readonly MappedRange[];
  readonly writable?: MappedRange;
} {
  const { tables, segment } = LAYOUTS[elf.wordBytes];
  const mapped: MappedRange[] = [];
  let writable: MappedRange | undefined;
  for (const { table, at } of entries(elf, tables.segments, segment.bytes, MAX_SEGMENTS)) {
    if (table.u32(at) !== PT_LOAD) continue;
    const range = rangeOf(elf, table, at, segment);
    mapped.push(range);
    if ((table.u32(at + segment.flags) & (PF_X | PF_W)) === PF_W) writable ??= range;
  }
  return { mapped, ...(writable !== undefined && { writable }) };
}

function findSection(elf: Elf, name: string): MappedRange | undefined {
  const { tables, section } = LAYOUTS[elf.wordBytes];
  const sections = entries(elf, tables.sections, section.bytes, MAX_SECTIONS);
  const holdsNames = sections[elf.header.u16(tables.sections.shape + 4)];
  if (holdsNames === undefined) return undefined;
  const { offset, size } = rangeOf(elf, holdsNames.table, holdsNames.at, section);
  const names = tableAt(elf.file, offset, Math.min(size, MAX_NAME_BYTES), elf.littleEndian);
  const found = sections.find(
    ({ table, at }) =>
      table.u32(at + 4) !== SHT_NOBITS && names?.text(table.u32(at), name.length + 1) === name,
  );
  return found === undefined ? undefined : rangeOf(elf, found.table, found.at, section);
}

/** The sections that have bytes in the file, and the table of them. */
function sectionRanges(elf: Elf): readonly Pick<MappedRange, 'offset' | 'size'>[] {
  const { tables, section } = LAYOUTS[elf.wordBytes];
  const sections = entries(elf, tables.sections, section.bytes, MAX_SECTIONS);
  const table = {
    offset: elf.header.word(tables.sections.start, elf.wordBytes),
    size: sections.length * section.bytes,
  };
  const filled = sections.filter(({ table: row, at }) => row.u32(at + 4) !== SHT_NOBITS);
  return [table, ...filled.map(({ table: row, at }) => rangeOf(elf, row, at, section))];
}

interface Entry {
  readonly table: Table;
  readonly at: number;
}

/** Empty when the entries are not as long as they should be, or lie beyond the end of the file. */
function entries(
  { file, header, wordBytes, littleEndian }: Elf,
  { start, shape }: { readonly start: number; readonly shape: number },
  bytes: number,
  max: number,
): readonly Entry[] {
  if (header.u16(shape) !== bytes) return [];
  const count = Math.min(header.u16(shape + 2), max);
  const table = tableAt(file, header.word(start, wordBytes), count * bytes, littleEndian);
  return table === undefined ? [] : Array.from({ length: count }, (_, i) => ({ table, at: i * bytes }));
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
