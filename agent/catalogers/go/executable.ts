import type { LayerFile } from '../../../core/layer.ts';
import { tableAt } from './table.ts';
import type { Table } from './table.ts';

/** A stretch of the file and where it is loaded. */
export interface MappedRange {
  /** Virtual address. */
  readonly address: number;
  /** From the start of the file. */
  readonly offset: number;
  /** Bytes in the file. */
  readonly size: number;
}

/** What finding Go's build information needs to know of an executable. */
export interface Executable {
  readonly file: LayerFile;
  /** Everything that is loaded from the file. */
  readonly mapped: readonly MappedRange[];
  /** Where the build information begins, or may begin: a section of its own, else the first writable data. */
  readonly buildData: MappedRange | undefined;
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
