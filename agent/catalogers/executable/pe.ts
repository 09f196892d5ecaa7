import type { LayerFile } from '../../../core/layer.ts';
import { endOf, type Executable, type MappedRange } from './executable.ts';
import { tableAt } from '../bytes/table.ts';

/** The loader of Windows takes no more. */
const MAX_SECTIONS = 96;
const SECTION_BYTES = 40;
const NAME_BYTES = 8;
const OPTIONAL_HEADER_32 = 0x10b;
const OPTIONAL_HEADER_64 = 0x20b;

/** Initialized data, readable, writable; the alignment that some linkers add does not matter. */
const WRITABLE_DATA = 0xc0000040;
const ALIGNMENT_BITS = 0x00f00000;

/** Reads a Windows executable; undefined for broken headers. Source: Microsoft's "PE Format". */
export function readPe(file: LayerFile): Executable | undefined {
  const start = tableAt(file, 0x3c, 4, true)?.u32(0);
  const header = start === undefined ? undefined : tableAt(file, start, 24 + 32, true);
  if (start === undefined || header?.u32(0) !== 0x4550) return undefined;
  const count = Math.min(header.u16(6), MAX_SECTIONS);
  const kind = header.u16(24);
  if (kind !== OPTIONAL_HEADER_32 && kind !== OPTIONAL_HEADER_64) return undefined;
  const imageBase = kind === OPTIONAL_HEADER_64 ? header.u64(24 + 24) : header.u32(24 + 28);
  const table = tableAt(file, start + 24 + header.u16(20), count * SECTION_BYTES, true);
  if (table === undefined) return undefined;
  const mapped: MappedRange[] = [];
  const sections = new Map<string, MappedRange>();
  let writable: MappedRange | undefined;
  for (let at = 0; at < count * SECTION_BYTES; at += SECTION_BYTES) {
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
  return {
    file,
    littleEndian: true,
    mapped,
    writable,
    section: (name) => sections.get(name),
    end: () => endOf(mapped),
  };
}
