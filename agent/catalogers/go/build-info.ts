import type { Executable, MappedRange } from '../executable/executable.ts';
import { readAddress } from '../executable/executable.ts';
import { Table, tableAt } from '../bytes/table.ts';

/** What the Go linker writes into a program, as `go version -m` shows it. */
export interface BuildInfo {
  /** Such as `go1.22.1`, maybe with experiments or a vendor's words behind. */
  readonly goVersion: string;
  /** Lines of modules and settings, without the frame around them; empty when built without modules. */
  readonly modules: string;
  /** True when `modules` is only the beginning. */
  readonly cut: boolean;
}

const MAGIC = Uint8Array.of(0xff, ...new TextEncoder().encode(' Go buildinf:'));
/** Of its own in ELF and in Mach-O; in PE, and when it was stripped, it lies in the first writable data. */
const SECTIONS = ['.go.buildinfo', '__go_buildinfo'];
const ALIGNMENT = 16;
const HEADER_BYTES = 32;
const SEARCH_CHUNK_BYTES = 64 << 10;
const MAX_SEARCH_BYTES = 1 << 20;
const MAX_VERSION_BYTES = 1 << 10;
const MAX_MODULE_BYTES = 4 << 20;
const FRAME_BYTES = 16;

/**
 * Finds and reads the build information; undefined when there is none, so that this is no Go program
 * (or one whose maker removed it).
 *
 * The header begins at a multiple of 16 bytes with 14 bytes of magic, the pointer size and flags. Flag 2: two
 * strings follow it, each with its length as a varint (since Go 1.18). Otherwise it holds two pointers to Go
 * strings, in big-endian order with flag 1.
 * Source: Go's debug/buildinfo and cmd/link.
 */
export function readBuildInfo(executable: Executable): BuildInfo | undefined {
  const range = SECTIONS.map((name) => executable.section(name)).find((one) => one !== undefined);
  const searched = range ?? executable.writable;
  const offset = searched === undefined ? undefined : findHeader(executable, searched);
  const header = offset === undefined ? undefined : tableAt(executable.file, offset, HEADER_BYTES, true);
  if (offset === undefined || header === undefined) return undefined;
  const flags = header.bytes[15] ?? 0;
  const [version, modules] =
    flags & 2 ? readInline(executable, offset + HEADER_BYTES) : readPointers(executable, header, flags);
  if (version === undefined || version.length === 0 || version.length > MAX_VERSION_BYTES) return undefined;
  return { goVersion: decode(version.bytes), ...unframed(modules) };
}

interface GoString {
  readonly bytes: Uint8Array;
  /** Length as declared; more than `bytes` when the cap cut it. */
  readonly length: number;
}

type Strings = readonly [version?: GoString | undefined, modules?: GoString | undefined];

/** A header never crosses a chunk, since both are aligned. */
function findHeader({ file }: Executable, range: MappedRange): number | undefined {
  const skipped = (ALIGNMENT - (range.address % ALIGNMENT)) % ALIGNMENT;
  const end = Math.min(range.size, MAX_SEARCH_BYTES);
  for (let start = skipped; start + HEADER_BYTES <= end; start += SEARCH_CHUNK_BYTES) {
    const chunk = file.read(range.offset + start, Math.min(SEARCH_CHUNK_BYTES, end - start));
    if (chunk.length < HEADER_BYTES) return undefined;
    for (let at = 0; at + MAGIC.length <= chunk.length; at += ALIGNMENT) {
      if (chunk[at] === 0xff && MAGIC.every((byte, i) => chunk[at + i] === byte))
        return range.offset + start + at;
    }
  }
  return undefined;
}

function readInline({ file }: Executable, offset: number): Strings {
  const version = readPrefixed(file, offset, MAX_VERSION_BYTES);
  if (version === undefined) return [];
  return [version.string, readPrefixed(file, version.end, MAX_MODULE_BYTES)?.string];
}

function readPrefixed(
  file: Executable['file'],
  offset: number,
  cap: number,
): { readonly string: GoString; readonly end: number } | undefined {
  const prefix = file.read(offset, 10);
  let length = 0;
  for (const [i, byte] of prefix.entries()) {
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte & 0x80) continue;
    const start = offset + i + 1;
    const bytes = tableAt(file, start, Math.min(length, cap), true)?.bytes;
    return bytes === undefined ? undefined : { string: { bytes, length }, end: start + length };
  }
  return undefined;
}

function readPointers(executable: Executable, header: Table, flags: number): Strings {
  const pointerBytes = header.bytes[14];
  if (pointerBytes !== 4 && pointerBytes !== 8) return [];
  const littleEndian = flags === 0;
  const pointers = new Table(header.bytes, littleEndian);
  const stringAt = (at: number, cap: number): GoString | undefined => {
    const string = readAddress(executable, pointers.word(at, pointerBytes), 2 * pointerBytes, littleEndian);
    if (string === undefined) return undefined;
    const length = string.word(pointerBytes, pointerBytes);
    const bytes = readAddress(
      executable,
      string.word(0, pointerBytes),
      Math.min(length, cap),
      littleEndian,
    )?.bytes;
    return bytes === undefined ? undefined : { bytes, length };
  };
  return [stringAt(16, MAX_VERSION_BYTES), stringAt(16 + pointerBytes, MAX_MODULE_BYTES)];
}

/** The lines stand between two frames of 16 bytes; without these there are no modules. */
function unframed(modules: GoString | undefined): Pick<BuildInfo, 'modules' | 'cut'> {
  if (modules === undefined || modules.length < 2 * FRAME_BYTES + 1) return { modules: '', cut: false };
  const { bytes, length } = modules;
  if (bytes.length < length) return { modules: decode(bytes.subarray(FRAME_BYTES)), cut: true };
  if (bytes[length - FRAME_BYTES - 1] !== 0x0a) return { modules: '', cut: false };
  return { modules: decode(bytes.subarray(FRAME_BYTES, length - FRAME_BYTES)), cut: false };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
