import type { LayerFile } from '../../../core/layer.ts';
import { endOf, type Executable, type MappedRange } from './executable.ts';
import { tableAt, type Table } from '../bytes/table.ts';

/** The loader of Windows takes no more. */
const MAX_SECTIONS = 96;
const SECTION_BYTES = 40;
const NAME_BYTES = 8;
const OPTIONAL_HEADER_32 = 0x10b;
const OPTIONAL_HEADER_64 = 0x20b;
/** Signature and file header, which the optional header follows. */
const FIXED_BYTES = 24;
/** Of the optional header, as far as it is read before its kind is known. */
const OPTIONAL_BYTES = 32;

/** Where in the optional header of programs of 32 and 64 bits the count of data directories is; they follow it. */
const DIRECTORY_COUNT = { [OPTIONAL_HEADER_32]: 92, [OPTIONAL_HEADER_64]: 108 } as const;
const DIRECTORY_BYTES = 8;

/** Initialized data, readable, writable; the alignment that some linkers add does not matter. */
const WRITABLE_DATA = 0xc0000040;
const ALIGNMENT_BITS = 0x00f00000;

/** A Windows executable, whose headers also say where some things in it are. */
export interface PeExecutable extends Executable {
  /** Where in the file a data directory's content is, by the directory's number; undefined when there is none. */
  directory(number: number): MappedRange | undefined;
  /** The same for a place relative to where the program is loaded. */
  place(relativeAddress: number, size: number): MappedRange | undefined;
}

/** Reads a Windows executable; undefined for broken headers. Source: Microsoft's "PE Format". */
export function readPe(file: LayerFile): PeExecutable | undefined {
  const start = tableAt(file, 0x3c, 4, true)?.u32(0);
  const header = start === undefined ? undefined : tableAt(file, start, FIXED_BYTES + OPTIONAL_BYTES, true);
  if (start === undefined || header?.u32(0) !== 0x4550) return undefined;
  const count = Math.min(header.u16(6), MAX_SECTIONS);
  const kind = header.u16(FIXED_BYTES);
  if (kind !== OPTIONAL_HEADER_32 && kind !== OPTIONAL_HEADER_64) return undefined;
  const imageBase = kind === OPTIONAL_HEADER_64 ? header.u64(FIXED_BYTES + 24) : header.u32(FIXED_BYTES + 28);
  const table = tableAt(file, start + FIXED_BYTES + header.u16(20), count * SECTION_BYTES, true);
  if (table === undefined) return undefined;
  const { mapped, sections, writable } = readSections(table, imageBase);

  function place(relativeAddress: number, size: number): MappedRange | undefined {
    const address = imageBase + relativeAddress;
    const range = mapped.find((one) => one.address <= address && address + size <= one.address + one.size);
    return range && { address, offset: range.offset + (address - range.address), size };
  }

  function directory(number: number): MappedRange | undefined {
    const counted = (start ?? 0) + FIXED_BYTES + DIRECTORY_COUNT[kind as keyof typeof DIRECTORY_COUNT];
    const directories = tableAt(file, counted, 4 + (number + 1) * DIRECTORY_BYTES, true);
    if (directories === undefined || directories.u32(0) <= number) return undefined;
    const at = 4 + number * DIRECTORY_BYTES;
    const [address, size] = [directories.u32(at), directories.u32(at + 4)];
    return size === 0 ? undefined : place(address, size);
  }

  return {
    file,
    littleEndian: true,
    wordBytes: kind === OPTIONAL_HEADER_64 ? 8 : 4,
    mapped,
    writable,
    section: (name) => sections.get(name),
    end: () => endOf(mapped),
    directory,
    place,
  };
}

function readSections(
  table: Table,
  imageBase: number,
): Pick<Executable, 'mapped' | 'writable'> & { readonly sections: ReadonlyMap<string, MappedRange> } {
  const mapped: MappedRange[] = [];
  const sections = new Map<string, MappedRange>();
  let writable: MappedRange | undefined;
  for (let at = 0; at < table.bytes.length; at += SECTION_BYTES) {
    const range = {
      address: imageBase + table.u32(at + 12),
      offset: table.u32(at + 20),
      size: table.u32(at + 16),
    };
    mapped.push(range);
    const traits = (table.u32(at + 36) & ~ALIGNMENT_BITS) >>> 0;
    if (traits === WRITABLE_DATA && range.size > 0) writable ??= range;
    const name = table.text(at, NAME_BYTES);
    if (!sections.has(name)) sections.set(name, range);
  }
  return { mapped, sections, writable };
}
