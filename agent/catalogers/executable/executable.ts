import type { LayerFile } from '../../../core/layer.ts';
import { tableAt } from '../bytes/table.ts';
import type { Table } from '../bytes/table.ts';

/** A stretch of the file and where it is loaded. */
export interface MappedRange {
  /** Virtual address. */
  readonly address: number;
  /** From the start of the file. */
  readonly offset: number;
  /** Bytes in the file. */
  readonly size: number;
}

/** An ELF, PE or Mach-O file (of a universal one, one architecture), as far as finding what linkers left in it needs. */
export interface Executable {
  readonly file: LayerFile;
  readonly littleEndian: boolean;
  /** Of an address. */
  readonly wordBytes: 4 | 8;
  /** Everything that is loaded from the file. */
  readonly mapped: readonly MappedRange[];
  /** The first data that the program may write to. */
  readonly writable: MappedRange | undefined;
  /** The section of that name, if it has one with bytes in the file. */
  section(name: string): MappedRange | undefined;
  /** Where the executable ends; what follows in the file was appended. */
  end(): number;
}

/** Where the last of these ends. */
export function endOf(ranges: Iterable<Pick<MappedRange, 'offset' | 'size'>>): number {
  let end = 0;
  for (const { offset, size } of ranges) end = Math.max(end, offset + size);
  return end;
}

/** At most `length` bytes at a virtual address; undefined where nothing is loaded from the file. */
export function readAddress(
  { file, mapped }: Executable,
  address: number,
  length: number,
  littleEndian: boolean,
): Table | undefined {
  const range = mapped.find((one) => one.address <= address && address + length <= one.address + one.size);
  if (range === undefined) return undefined;
  return tableAt(file, range.offset + (address - range.address), length, littleEndian);
}
