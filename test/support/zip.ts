import { deflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly content: Uint8Array | string;
  readonly stored?: boolean;
  /** Written into the directory in place of what is so. */
  readonly claims?: Partial<ZipClaims>;
}

export interface ZipClaims {
  readonly flags: number;
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerStart: number;
}

export interface ZipOptions {
  /** Bytes before the archive, not counted by its offsets. */
  readonly prefix?: Uint8Array | string;
  readonly comment?: string;
  /** All sizes and offsets in the forms of 64 bits. */
  readonly large?: boolean;
}

/** A zip archive. Source of the layout: PKWARE's APPNOTE 6.3. Checksums are left out: nobody here checks them. */
export function zip(
  members: readonly ZipMember[],
  { prefix = '', comment = '', large = false }: ZipOptions = {},
): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const member of members) {
    const content = Buffer.from(member.content as Uint8Array);
    const stored = member.stored === true ? content : deflateRawSync(content);
    const claims: ZipClaims = {
      flags: 0,
      method: member.stored === true ? 0 : 8,
      compressedSize: stored.length,
      size: content.length,
      headerStart: at,
      ...member.claims,
    };
    const file = Buffer.concat([localHeader(member.name), stored]);
    files.push(file);
    directory.push(directoryEntry(member.name, claims, large));
    at += file.length;
  }
  const entries = Buffer.concat(directory);
  const place = { count: members.length, size: entries.length, start: at };
  return Buffer.concat([Buffer.from(prefix as Uint8Array), ...files, entries, ending(place, comment, large)]);
}

function localHeader(name: string): Buffer {
  const bytes = Buffer.from(name);
  const extra = Buffer.from([0xfe, 0xca, 0, 0]);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(bytes.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, bytes, extra]);
}

function directoryEntry(name: string, claims: ZipClaims, large: boolean): Buffer {
  const bytes = Buffer.from(name);
  const extra = large ? wideField(claims) : Buffer.alloc(0);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(claims.flags, 8);
  entry.writeUInt16LE(claims.method, 10);
  entry.writeUInt32LE(large ? 0xffffffff : claims.compressedSize, 20);
  entry.writeUInt32LE(large ? 0xffffffff : claims.size, 24);
  entry.writeUInt16LE(bytes.length, 28);
  entry.writeUInt16LE(extra.length, 30);
  entry.writeUInt32LE(large ? 0xffffffff : claims.headerStart, 42);
  return Buffer.concat([entry, bytes, extra]);
}

/** Behind a field that is to be passed over. */
function wideField({ size, compressedSize, headerStart }: ZipClaims): Buffer {
  const field = Buffer.alloc(6 + 4 + 24);
  field.writeUInt16LE(0xcafe, 0);
  field.writeUInt16LE(2, 2);
  field.writeUInt16LE(1, 6);
  field.writeUInt16LE(24, 8);
  for (const [i, value] of [size, compressedSize, headerStart].entries())
    field.writeBigUInt64LE(BigInt(value), 10 + 8 * i);
  return field;
}

function ending(
  { count, size, start }: { readonly count: number; readonly size: number; readonly start: number },
  comment: string,
  large: boolean,
): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(large ? 0xffffffff : size, 12);
  end.writeUInt32LE(large ? 0xffffffff : start, 16);
  end.writeUInt16LE(comment.length, 20);
  if (!large) return Buffer.concat([end, Buffer.from(comment)]);
  const wide = Buffer.alloc(56 + 20);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeBigUInt64LE(BigInt(size), 40);
  wide.writeBigUInt64LE(BigInt(start), 48);
  wide.writeUInt32LE(0x07064b50, 56);
  wide.writeBigUInt64LE(BigInt(start + size), 64);
  return Buffer.concat([wide, end, Buffer.from(comment)]);
}
