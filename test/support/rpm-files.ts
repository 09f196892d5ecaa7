/** A tag's value as it is written: text, texts, or numbers of 16 or 32 bits. */
export type TagValue =
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly int16: readonly number[] }
  | { readonly int32: readonly number[] };

/** Writes an rpm header as databases store it, entries in the given order. */
export function headerBlob(tags: readonly (readonly [tag: number, value: TagValue])[]): Uint8Array {
  const entries = Buffer.alloc(tags.length * 16);
  const values: Buffer[] = [];
  let offset = 0;
  for (const [at, [tag, value]] of tags.entries()) {
    const { type, count, width, bytes } = encode(value);
    const padding = (width - (offset % width)) % width;
    values.push(Buffer.alloc(padding), bytes);
    for (const [field, number] of [tag, type, offset + padding, count].entries()) {
      entries.writeUInt32BE(number, at * 16 + field * 4);
    }
    offset += padding + bytes.length;
  }
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(tags.length, 0);
  lengths.writeUInt32BE(offset, 4);
  return Buffer.concat([lengths, entries, ...values]);
}

function encode(value: TagValue): { type: number; count: number; width: number; bytes: Buffer } {
  if ('string' in value) return { type: 6, count: 1, width: 1, bytes: Buffer.from(`${value.string}\0`) };
  if ('strings' in value) {
    const bytes = Buffer.from(value.strings.map((text) => `${text}\0`).join(''));
    return { type: 8, count: value.strings.length, width: 1, bytes };
  }
  const width = 'int16' in value ? 2 : 4;
  const numbers = 'int16' in value ? value.int16 : value.int32;
  const bytes = Buffer.alloc(numbers.length * width);
  for (const [at, number] of numbers.entries()) bytes.writeUIntBE(number, at * width, width);
  return { type: width === 2 ? 3 : 4, count: numbers.length, width, bytes };
}

/** Writes an ndb database, `Packages.db`, of these headers. */
export function ndbFile(headers: readonly Uint8Array[]): Uint8Array {
  const pages = Math.ceil((headers.length + 2) / 256);
  const slots = Buffer.alloc(pages * 4096);
  for (let at = 0; at < slots.length; at += 16) slots.write('Slot', at);
  slots.write('RpmP', 0);
  slots.writeUInt32LE(0, 4);
  slots.writeUInt32LE(1, 8);
  slots.writeUInt32LE(pages, 12);
  slots.writeUInt32LE(headers.length + 1, 16);
  slots.fill(0, 20, 32);
  const blobs: Buffer[] = [];
  let offset = slots.length;
  for (const [at, header] of headers.entries()) {
    const blob = ndbBlob(at + 1, header);
    slots.writeUInt32LE(at + 1, 32 + at * 16 + 4);
    slots.writeUInt32LE(offset / 16, 32 + at * 16 + 8);
    slots.writeUInt32LE(blob.length / 16, 32 + at * 16 + 12);
    blobs.push(blob);
    offset += blob.length;
  }
  return Buffer.concat([slots, ...blobs]);
}

function ndbBlob(packageNumber: number, header: Uint8Array): Buffer {
  const blob = Buffer.alloc(Math.ceil((16 + header.length + 12) / 16) * 16);
  blob.write('BlbS', 0);
  blob.writeUInt32LE(packageNumber, 4);
  blob.writeUInt32LE(1, 8);
  blob.writeUInt32LE(header.length, 12);
  blob.set(header, 16);
  blob.writeUInt32LE(adler32(blob.subarray(0, -12)), blob.length - 12);
  blob.writeUInt32LE(header.length, blob.length - 8);
  blob.write('BlbE', blob.length - 4);
  return blob;
}

/** RFC 1950, section 8.2. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}
