import { Writer } from './executable.ts';

const SECTION_OFFSET = 0x400;
const SECTION_ADDRESS = 0x2000;
const RESOURCE_BYTES = 88;

/** The smallest Windows library with these texts in its version resource; managed code, unless said otherwise. */
export function assembly(texts: Readonly<Record<string, string>>, isManaged = true): Buffer {
  const version = node('VS_VERSION_INFO', Buffer.alloc(52), [
    node('VarFileInfo', Buffer.alloc(0), [node('Translation', Buffer.alloc(4), [])]),
    node('StringFileInfo', Buffer.alloc(0), [
      node(
        '000004b0',
        Buffer.alloc(0),
        Object.entries(texts).map(([key, text]) => node(key, utf16(text), [], text.length + 1)),
      ),
    ]),
  ]);
  const section = Buffer.concat([resources(version.length), version]);
  const headers = Buffer.alloc(SECTION_OFFSET);
  headers.write('MZ');
  headers.write('PE\0\0', 0x80, 'latin1');
  const writer = new Writer(headers, { wordBytes: 4, littleEndian: true });
  writer.u32(0x3c, 0x80).u16(0x86, 1).u16(0x94, 0xe0).u16(0x98, 0x10b);
  writer.u32(0x98 + 92, 16);
  writer.u32(0x98 + 96 + 2 * 8, SECTION_ADDRESS).u32(0x98 + 96 + 2 * 8 + 4, section.length);
  if (isManaged) writer.u32(0x98 + 96 + 14 * 8, SECTION_ADDRESS).u32(0x98 + 96 + 14 * 8 + 4, 72);
  const table = 0x98 + 0xe0;
  headers.write('.rsrc', table);
  writer
    .u32(table + 12, SECTION_ADDRESS)
    .u32(table + 16, section.length)
    .u32(table + 20, SECTION_OFFSET);
  return Buffer.concat([headers, section]);
}

/** Tables of types, names and languages, each with one entry, and where the content is. */
function resources(size: number): Buffer {
  const bytes = Buffer.alloc(RESOURCE_BYTES);
  const writer = new Writer(bytes, { wordBytes: 4, littleEndian: true });
  for (const [at, number, next] of [
    [0, 16, 0x80000000 + 24],
    [24, 1, 0x80000000 + 48],
    [48, 0, 72],
  ] as const)
    writer
      .u16(at + 14, 1)
      .u32(at + 16, number)
      .u32(at + 20, next);
  writer.u32(72, SECTION_ADDRESS + RESOURCE_BYTES).u32(76, size);
  return bytes;
}

function node(key: string, value: Buffer, children: readonly Buffer[], valueLength = value.length): Buffer {
  const head = padded(Buffer.concat([Buffer.alloc(6), utf16(key)]));
  const bytes = Buffer.concat([head, padded(value), ...children.map(padded)]);
  bytes.writeUInt16LE(bytes.length, 0);
  bytes.writeUInt16LE(valueLength, 2);
  return bytes;
}

function utf16(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le');
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
