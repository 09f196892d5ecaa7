import type { Table } from '../bytes/table.ts';
import { tableAt } from '../bytes/table.ts';
import { readAddress, type Executable, type MappedRange } from '../executable/executable.ts';

/** Where Go's linkers put variables that hold pointers: in ELF and PE, in Mach-O. */
const SECTIONS = ['.data', '__data'];
/** Twenty times as much as the largest programs have. */
const MAX_DATA_BYTES = 8 << 20;
/** Variables that may be strings of a version's length; the largest programs have seven thousand. */
const MAX_VARIABLES = 1 << 16;
/** `1.2.3` */
const SHORTEST = 5;
const LONGEST = 64;
/** More than the longest. */
const PLACE = 128;
/** Programs are loaded far below. Of those below, times `PLACE`, each has its own number. */
const MAX_ADDRESS = 2 ** 46;
/** Texts of a program lie close together: those of the largest in some hundred windows. */
const WINDOW_BYTES = 16 << 10;
const MAX_WINDOWS = 2048;

/** A string that a variable of a program has from its start. */
export interface InitialString {
  readonly text: string;
  /**
   * True for what the linker was told to write: it ends such text by a NUL, while the compiler lays its own texts end to end.
   * Source: Go's cmd/link, `addstrdata`.
   */
  readonly isLinked: boolean;
}

/**
 * Strings of variables of a Go program that are as long as versions, and begin as such: where its data hold an address and a
 * length.
 */
export function* initialStrings(executable: Executable): Generator<InitialString> {
  const data = SECTIONS.map((name) => executable.section(name)).find((one) => one !== undefined);
  const bytes = data && dataOf(executable, data);
  if (bytes === undefined) return;
  let window: { readonly at: number; readonly table: Table } | undefined;
  let windows = 0;
  for (const variable of variablesIn(bytes, executable)) {
    const length = variable % PLACE;
    const address = (variable - length) / PLACE;
    if (window === undefined || address + length + 1 > window.at + window.table.bytes.length) {
      if ((windows += 1) > MAX_WINDOWS) return;
      const table = textAt(executable, address, length + 1);
      window = table && { at: address, table };
      if (window === undefined) continue;
    }
    const start = address - window.at;
    if (!beginsVersion(window.table.bytes[start])) continue;
    const text = window.table.text(start, length);
    if (text.length === length) yield { text, isLinked: window.table.bytes[start + length] === 0 };
  }
}

/** A digit or `v`: most strings are told by their first byte, before they are made a text. */
function beginsVersion(byte = 0): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x76;
}

function dataOf({ file, littleEndian }: Executable, { offset, size }: MappedRange): Table | undefined {
  return tableAt(file, offset, Math.min(size, MAX_DATA_BYTES), littleEndian);
}

/**
 * What may be strings, in order of address: each as its address times `PLACE` plus its length, for numbers are sorted ten times
 * as quickly as pairs of them.
 */
function variablesIn(data: Table, { wordBytes, littleEndian }: Executable): Float64Array {
  const found: number[] = [];
  const { bytes } = data;
  const end = bytes.length - 2 * wordBytes;
  // From a variable to the lowest byte of its length, which rules out most places without making a number of the word.
  const lowest = littleEndian ? wordBytes : 2 * wordBytes - 1;
  for (let at = 0; at <= end && found.length < MAX_VARIABLES; at += wordBytes) {
    const length = bytes[at + lowest] ?? 0;
    if (length < SHORTEST || length > LONGEST || data.word(at + wordBytes, wordBytes) !== length) continue;
    const address = data.word(at, wordBytes);
    if (address > LONGEST && address < MAX_ADDRESS) found.push(address * PLACE + length);
  }
  return Float64Array.from(found).sort();
}

/** As much as a window holds, at least what is asked for. */
function textAt(executable: Executable, address: number, least: number): Table | undefined {
  const { mapped, littleEndian } = executable;
  const range = mapped.find((one) => one.address <= address && address + least <= one.address + one.size);
  if (range === undefined) return undefined;
  const length = Math.min(WINDOW_BYTES, range.address + range.size - address);
  return readAddress(executable, address, length, littleEndian);
}
