/** Header fields as they are to stand in the block; what is left out is as GNU tar has it for an empty file. */
export interface RawMember {
  readonly name?: string;
  readonly type?: string;
  readonly link?: string;
  readonly mode?: string;
  /** The twelve bytes of the size, or its value. */
  readonly size?: number | Uint8Array;
  readonly magic?: string;
  readonly prefix?: string;
  readonly content?: Uint8Array | string;
  /** Old GNU sparse: a further block of the map follows. */
  readonly hasMoreMap?: boolean;
  readonly checksum?: string;
}

/** One member, block by block. Names are Latin-1. */
export function rawMember(member: RawMember): Buffer {
  const content = Buffer.from(member.content ?? '');
  const header = Buffer.alloc(512);
  header.write(member.name ?? 'a', 0, 100, 'latin1');
  header.write(member.mode ?? '0000644', 100);
  const size = member.size ?? content.length;
  if (typeof size === 'number') header.write(size.toString(8).padStart(11, '0'), 124);
  else header.set(size, 124);
  header.write('        ', 148);
  header.write(member.type ?? '0', 156);
  header.write(member.link ?? '', 157, 100, 'latin1');
  header.write(member.magic ?? 'ustar\x0000', 257, 'latin1');
  header.write(member.prefix ?? '', 345, 155, 'latin1');
  if (member.hasMoreMap === true) header[482] = 1;
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(member.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** pax records of one extended header; values may be of any bytes. */
export function paxMember(
  type: 'x' | 'g',
  records: readonly (readonly [key: string, value: string])[],
): Buffer {
  const lines = records.map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length++;
    return Buffer.from(`${length}${rest}`, 'latin1');
  });
  return rawMember({ name: 'pax', type, content: Buffer.concat(lines) });
}

export const TAR_END = Buffer.alloc(1024);
