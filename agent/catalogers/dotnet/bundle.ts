import { tableAt } from '../bytes/table.ts';
import type { Executable, MappedRange } from '../executable/executable.ts';

/** SHA-256 of the text `.net core bundle` and a line feed; before it stands where the bundle's header is, or zero. */
const SIGNATURE = Uint8Array.from(
  [0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32].concat([
    0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
  ]),
);
const POINTER_BYTES = 8;
const MAX_SEARCH_BYTES = 1 << 20;

/** Major and minor version, count of files, then the bundle's name with its length before it. */
const FIXED_BYTES = 12;
const MAX_HEADER_BYTES = 512;
/** A bundle is appended to the host. Less than its header needs is no bundle, and spares looking for its mark. */
const MIN_BUNDLE_BYTES = 64;
/** The first version whose header says where the list of libraries is. */
const FIRST_WITH_PLACES = 2;

/**
 * Where in a single-file program its list of libraries lies; undefined in other programs, and in those of
 * .NET Core 3, which are unpacked when they start.
 * Source: .NET's Microsoft.NET.HostModel, "Bundle/Manifest"; the host's bundle marker.
 */
export function findBundledDeps(executable: Executable): MappedRange | undefined {
  if (executable.file.size - executable.end() < MIN_BUNDLE_BYTES) return undefined;
  const data = executable.section('.data') ?? executable.section('__data') ?? executable.writable;
  const headerStart = data === undefined ? undefined : findHeader(executable, data);
  if (headerStart === undefined || headerStart === 0) return undefined;
  const length = Math.min(MAX_HEADER_BYTES, executable.file.size - headerStart);
  const header = tableAt(executable.file, headerStart, length, true);
  if (header === undefined || length <= FIXED_BYTES || header.u32(0) < FIRST_WITH_PLACES) return undefined;
  const places = FIXED_BYTES + 1 + (header.bytes[FIXED_BYTES] ?? 0);
  if (places + 2 * POINTER_BYTES > length) return undefined;
  const [offset, size] = [header.u64(places), header.u64(places + POINTER_BYTES)];
  return size === 0 ? undefined : { address: 0, offset, size };
}

/** The header's place, as the number before the signature. */
function findHeader({ file }: Executable, { offset, size }: MappedRange): number | undefined {
  const bytes = file.size > offset ? file.read(offset, Math.min(size, MAX_SEARCH_BYTES)) : new Uint8Array(0);
  const [first = 0] = SIGNATURE;
  for (let at = bytes.indexOf(first, POINTER_BYTES); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (SIGNATURE.every((byte, i) => bytes[at + i] === byte))
      return tableAt(file, offset + at - POINTER_BYTES, POINTER_BYTES, true)?.u64(0);
  }
  return undefined;
}
