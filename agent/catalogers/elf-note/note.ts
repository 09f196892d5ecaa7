import { Table } from '../bytes/table.ts';

const OWNER = 'FDO';
const TYPE = 0xcafe1a7e;
const HEADER_BYTES = 12;
const ALIGNMENT = 4;
const BRACE = 0x7b;

/**
 * The text of the package note among the notes of a section; undefined when it has none.
 * A note is the lengths of its owner's name and of its content, its type, and these two, each filled up to four bytes.
 * Some tools write the text alone.
 * Sources: elf(5); the UAPI group's "ELF Package Metadata".
 */
export function findNote(section: Uint8Array, littleEndian: boolean): string | undefined {
  if (section[0] === BRACE) return textOf(section);
  const table = new Table(section, littleEndian);
  for (let at = 0; at + HEADER_BYTES <= section.length;) {
    const nameStart = at + HEADER_BYTES;
    const start = nameStart + aligned(table.u32(at));
    const end = start + table.u32(at + 4);
    if (end > section.length) return undefined;
    if (table.u32(at + 8) === TYPE && table.text(nameStart, table.u32(at)) === OWNER)
      return textOf(section.subarray(start, end));
    at = aligned(end);
  }
  return undefined;
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** Up to the zeros that fill it up. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
