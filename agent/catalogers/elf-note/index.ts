import type { Cataloger } from '../../../core/facts.ts';
import { tableAt } from '../bytes/table.ts';
import { readElf } from '../executable/elf.ts';
import { findNote } from './note.ts';
import { readPackage } from './package.ts';

const SECTION = '.note.package';
const MAX_NOTE_BYTES = 64 << 10;
const ELF_MAGIC = 0x7f454c46;

/**
 * Packages that programs say they were built from, of use where no package database tells: in files copied out of a
 * distribution, and in images whose database was removed.
 */
export const elfNote: Cataloger = {
  id: 'elf-note',
  version: 1,
  candidates: {
    executables: true,
    accepts: () => true,
  },
  parse(file) {
    if (tableAt(file, 0, 4, false)?.u32(0) !== ELF_MAGIC) return {};
    const elf = readElf(file);
    const range = elf?.section(SECTION);
    if (elf === undefined || range === undefined) return {};
    if (range.size > MAX_NOTE_BYTES)
      return { truncated: `the package note is larger than ${MAX_NOTE_BYTES} bytes` };
    const section = tableAt(file, range.offset, range.size, elf.littleEndian);
    if (section === undefined) throw new Error('the package note goes beyond the end of the file');
    const text = findNote(section.bytes, elf.littleEndian);
    return text === undefined ? {} : { packages: [readPackage(text)] };
  },
};
