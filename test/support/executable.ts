/** What kind of executable is made. */
export interface ExecutableShape {
  readonly format: 'elf' | 'pe' | 'mach-o';
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
  /** Name of a section for some of the data; without one they are only part of what is writable. */
  readonly section?: string | undefined;
}

const dataOffset = 0x400;

/** Where the data are loaded. */
export const dataAddress = 0x500000;

/** The smallest executable of its kind that has these data; the section begins at `start` of them. */
export function executable(shape: ExecutableShape, data: Uint8Array, start = 0): Buffer {
  const headers = Buffer.alloc(dataOffset);
  const writer = new Writer(headers, shape);
  const range = { start, size: data.length };
  if (shape.format === 'elf') writeElf(writer, shape, range);
  else if (shape.format === 'pe') writePe(writer, shape, range);
  else writeMachO(writer, shape, range);
  return Buffer.concat([headers, data]);
}

interface DataRange {
  readonly start: number;
  readonly size: number;
}

function writeElf(
  to: Writer,
  { wordBytes, littleEndian, section }: ExecutableShape,
  { start, size }: DataRange,
): void {
  const wide = wordBytes === 8;
  to.bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]);
  to.u16(16, 2);
  to.word(wide ? 32 : 28, 0x80)
    .u16(wide ? 54 : 42, wide ? 56 : 32)
    .u16(wide ? 56 : 44, 1);
  to.u32(0x80, 1).u32(wide ? 0x84 : 0x98, 6);
  to.word(0x80 + (wide ? 8 : 4), dataOffset).word(0x80 + (wide ? 16 : 8), dataAddress);
  to.word(0x80 + (wide ? 32 : 16), size);
  if (section === undefined) return;
  const entry = wide ? 64 : 40;
  to.word(wide ? 40 : 32, 0x100)
    .u16(wide ? 58 : 46, entry)
    .u16(wide ? 60 : 48, 3)
    .u16(wide ? 62 : 50, 2);
  const write = (index: number, name: number, address: number, offset: number, bytes: number) => {
    const at = 0x100 + index * entry;
    to.u32(at, name).u32(at + 4, 1);
    to.word(at + (wide ? 16 : 12), address)
      .word(at + (wide ? 24 : 16), offset)
      .word(at + (wide ? 32 : 20), bytes);
  };
  write(1, 1, dataAddress + start, dataOffset + start, size - start);
  write(2, 0, 0, 0x300, section.length + 2);
  to.bytes.write(`\0${section}\0`, 0x300, 'latin1');
}

function writePe(to: Writer, { wordBytes, section }: ExecutableShape, { start, size }: DataRange): void {
  const imageBase = 0x400000;
  to.bytes.write('MZ');
  to.u32(0x3c, 0x80);
  to.bytes.write('PE\0\0', 0x80, 'latin1');
  to.u16(0x86, 2)
    .u16(0x94, 0xe0)
    .u16(0x98, wordBytes === 8 ? 0x20b : 0x10b);
  if (wordBytes === 8) to.word(0x98 + 24, imageBase);
  else to.u32(0x98 + 28, imageBase);
  const table = 0x98 + 0xe0;
  to.u32(table + 36, 0x60000020);
  to.u32(table + 40 + 12, dataAddress - imageBase)
    .u32(table + 40 + 16, size)
    .u32(table + 40 + 20, dataOffset);
  to.u32(table + 40 + 36, 0xc0600040);
  if (section === undefined) return;
  to.u16(0x86, 3);
  to.bytes.write(section.slice(0, 8), table + 80);
  to.u32(table + 80 + 12, dataAddress - imageBase + start)
    .u32(table + 80 + 16, size - start)
    .u32(table + 80 + 20, dataOffset + start);
}

function writeMachO(to: Writer, { wordBytes, section }: ExecutableShape, { start, size }: DataRange): void {
  const wide = wordBytes === 8;
  const header = wide ? 32 : 28;
  const fixed = wide ? 72 : 56;
  const length = fixed + (section === undefined ? 0 : wide ? 80 : 68);
  to.u32(0, wide ? 0xfeedfacf : 0xfeedface)
    .u32(16, 1)
    .u32(20, length);
  to.u32(header, wide ? 0x19 : 1).u32(header + 4, length);
  to.word(header + 24, dataAddress)
    .word(header + 24 + 2 * wordBytes, dataOffset)
    .word(header + 24 + 3 * wordBytes, size);
  to.u32(header + fixed - 16, 3)
    .u32(header + fixed - 12, 3)
    .u32(header + fixed - 8, section === undefined ? 0 : 1);
  if (section === undefined) return;
  const at = header + fixed;
  to.bytes.write(section.slice(0, 16), at);
  to.word(at + 32, dataAddress + start)
    .word(at + 32 + wordBytes, size - start)
    .u32(at + 32 + 2 * wordBytes, dataOffset + start);
}

/** Numbers at places, of a size and order. */
export class Writer {
  readonly bytes: Buffer;
  readonly #shape: Pick<ExecutableShape, 'wordBytes' | 'littleEndian'>;
  readonly #view: DataView;

  constructor(bytes: Buffer, shape: Pick<ExecutableShape, 'wordBytes' | 'littleEndian'>) {
    this.bytes = bytes;
    this.#shape = shape;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16(at: number, value: number): this {
    this.#view.setUint16(at, value, this.#shape.littleEndian);
    return this;
  }

  u32(at: number, value: number): this {
    this.#view.setUint32(at, value, this.#shape.littleEndian);
    return this;
  }

  word(at: number, value: number): this {
    if (this.#shape.wordBytes === 4) return this.u32(at, value);
    this.#view.setBigUint64(at, BigInt(value), this.#shape.littleEndian);
    return this;
  }
}
