import { gunzipSync } from 'node:zlib';
import type { LayerFile } from '../../../core/layer.ts';
import { tableAt, type Table } from '../bytes/table.ts';
import { readElf } from '../executable/elf.ts';
import { readAddress, type Executable } from '../executable/executable.ts';

const ELF_MAGIC = 0x7f454c46;
/** What a native image has of its heap from the start; no other program has such a section. */
const HEAP_SECTION = '.svm_heap';
/** Symbols with their names: those that are exported, where newer versions have them, and all. */
const SYMBOL_TABLES = [
  ['.dynsym', '.dynstr'],
  ['.symtab', '.strtab'],
] as const;
/** A symbol of a program of 64 bits, and where in it the address is; there are no native images of 32. Source: elf(5). */
const SYMBOL_BYTES = 24;
const SYMBOL_ADDRESS = 8;

/** Of symbols or of names: a third of a million symbols. */
const MAX_TABLE_BYTES = 8 << 20;
const MAX_COMPRESSED_BYTES = 4 << 20;
const MAX_SBOM_BYTES = 32 << 20;

/**
 * The SBOM, in JSON, that GraalVM leaves in a program or library that it made of Java; undefined where there is none.
 * Throws when there is one that cannot be read.
 * Source: GraalVM's "Software Bill of Materials (SBOM) in Native Image": compressed by gzip where the symbol `sbom` is, as
 * many bytes as the number at `sbom_length` says.
 */
export function readNativeImageSbom(file: LayerFile): Uint8Array | undefined {
  if (tableAt(file, 0, 4, false)?.u32(0) !== ELF_MAGIC) return undefined;
  const elf = readElf(file);
  if (elf?.wordBytes !== 8 || elf.section(HEAP_SECTION) === undefined) return undefined;
  for (const [symbols, names] of SYMBOL_TABLES) {
    const addresses = addressesIn(tableOf(elf, symbols), tableOf(elf, names));
    if (addresses !== undefined) return inflated(elf, addresses);
  }
  return undefined;
}

interface SbomAddresses {
  readonly sbom: number;
  readonly length: number;
}

function tableOf(elf: Executable, name: string): Table | undefined {
  const range = elf.section(name);
  if (range === undefined) return undefined;
  return tableAt(elf.file, range.offset, Math.min(range.size, MAX_TABLE_BYTES), elf.littleEndian);
}

function addressesIn(symbols: Table | undefined, names: Table | undefined): SbomAddresses | undefined {
  if (symbols === undefined || names === undefined) return undefined;
  let sbom = 0;
  let length = 0;
  for (let at = 0; at + SYMBOL_BYTES <= symbols.bytes.length; at += SYMBOL_BYTES) {
    const name = symbols.u32(at);
    if (names.hasText(name, 'sbom')) sbom = symbols.u64(at + SYMBOL_ADDRESS);
    else if (names.hasText(name, 'sbom_length')) length = symbols.u64(at + SYMBOL_ADDRESS);
  }
  return sbom === 0 || length === 0 ? undefined : { sbom, length };
}

function inflated(elf: Executable, addresses: SbomAddresses): Uint8Array {
  const size = readAddress(elf, addresses.length, 8, elf.littleEndian)?.u64(0) ?? 0;
  if (size > MAX_COMPRESSED_BYTES) throw new Error('the SBOM of the native image is too large');
  const compressed = readAddress(elf, addresses.sbom, size, elf.littleEndian);
  if (compressed === undefined) throw new Error('the SBOM of the native image goes beyond its end');
  try {
    return gunzipSync(compressed.bytes, { maxOutputLength: MAX_SBOM_BYTES });
  } catch (cause) {
    throw new Error('the SBOM of the native image is damaged or too large', { cause });
  }
}
