/** How a program for a test is made. */
export interface GoProgramShape {
  readonly format: 'elf' | 'pe' | 'mach-o';
  readonly wordBytes: 4 | 8;
  readonly littleEndian: boolean;
  /** `inline` since Go 1.18, `pointers` before. */
  readonly style: 'inline' | 'pointers';
  /** Whether the build information has a section of its own; PE never has. */
  readonly section: boolean;
}

export interface GoProgramContent {
  readonly goVersion: string;
  /** Lines as `go version -m` shows them, without the leading tab. */
  readonly modules?: string;
  /** Bytes of other data before the build information. */
  readonly padding?: number;
}

const dataOffset = 0x400;
const dataAddress = 0x500000;

/** The smallest file in which Go's own tools would find this build information. */
export function goProgram(
  shape: GoProgramShape,
  { goVersion, modules = '', padding = 0 }: GoProgramContent,
): Buffer {
  const framed = modules === '' ? '' : `${'<'.repeat(16)}${modules}\n${'>'.repeat(16)}`;
  const start = Math.ceil(padding / 16) * 16;
  const data = Buffer.concat([Buffer.alloc(start), buildInfo(shape, goVersion, framed, dataAddress + start)]);
  const headers = Buffer.alloc(dataOffset);
  const writer = new Writer(headers, shape);
  const range = { start, size: data.length };
  if (shape.format === 'elf') writeElf(writer, shape, range);
  else if (shape.format === 'pe') writePe(writer, shape, range);
  else writeMachO(writer, shape, range);
  return Buffer.concat([headers, data]);
}

/** A universal Mach-O file of these programs. */
export function universal(programs: readonly Buffer[]): Buffer {
  const slot = Math.max(...programs.map((one) => one.length), 0x1000);
  const file = Buffer.alloc(slot * (programs.length + 1));
  file.writeUInt32BE(0xcafebabe, 0);
  file.writeUInt32BE(programs.length, 4);
  for (const [i, program] of programs.entries()) {
    file.writeUInt32BE(slot * (i + 1), 8 + i * 20 + 8);
    file.writeUInt32BE(program.length, 8 + i * 20 + 12);
    program.copy(file, slot * (i + 1));
  }
  return file;
}

interface DataRange {
  readonly start: number;
  readonly size: number;
}

function buildInfo(shape: GoProgramShape, version: string, modules: string, address: number): Buffer {
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  if (shape.style === 'inline') {
    header[14] = shape.wordBytes;
    header[15] = 2;
    return Buffer.concat([header, prefixed(version), prefixed(modules)]);
  }
  header[14] = shape.wordBytes;
  header[15] = shape.littleEndian ? 0 : 1;
  const strings = Buffer.alloc(4 * shape.wordBytes);
  const texts = address + header.length + strings.length;
  new Writer(header, shape)
    .word(16, address + header.length)
    .word(16 + shape.wordBytes, address + header.length + 2 * shape.wordBytes);
  const lengths = [Buffer.byteLength(version), Buffer.byteLength(modules)] as const;
  new Writer(strings, shape)
    .word(0, texts)
    .word(shape.wordBytes, lengths[0])
    .word(2 * shape.wordBytes, texts + lengths[0])
    .word(3 * shape.wordBytes, lengths[1]);
  return Buffer.concat([header, strings, Buffer.from(version), Buffer.from(modules)]);
}

function prefixed(text: string): Buffer {
  const prefix: number[] = [];
  let length = Buffer.byteLength(text);
  for (; length > 0x7f; length = Math.floor(length / 128)) prefix.push((length % 128) | 0x80);
  return Buffer.concat([Buffer.from([...prefix, length]), Buffer.from(text)]);
}

function writeElf(
  to: Writer,
  { wordBytes, littleEndian, section }: GoProgramShape,
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
  if (!section) return;
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
  write(2, 0, 0, 0x300, 15);
  to.bytes.write('\0.go.buildinfo\0', 0x300, 'latin1');
}

function writePe(to: Writer, { wordBytes }: GoProgramShape, { size }: DataRange): void {
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
}

function writeMachO(to: Writer, { wordBytes, section }: GoProgramShape, { start, size }: DataRange): void {
  const wide = wordBytes === 8;
  const header = wide ? 32 : 28;
  const fixed = wide ? 72 : 56;
  const length = fixed + (section ? (wide ? 80 : 68) : 0);
  to.u32(0, wide ? 0xfeedfacf : 0xfeedface)
    .u32(16, 1)
    .u32(20, length);
  to.u32(header, wide ? 0x19 : 1).u32(header + 4, length);
  to.word(header + 24, dataAddress)
    .word(header + 24 + 2 * wordBytes, dataOffset)
    .word(header + 24 + 3 * wordBytes, size);
  to.u32(header + fixed - 16, 3)
    .u32(header + fixed - 12, 3)
    .u32(header + fixed - 8, section ? 1 : 0);
  if (!section) return;
  const at = header + fixed;
  to.bytes.write('__go_buildinfo', at);
  to.word(at + 32, dataAddress + start)
    .word(at + 32 + wordBytes, size - start)
    .u32(at + 32 + 2 * wordBytes, dataOffset + start);
}

class Writer {
  readonly bytes: Buffer;
  readonly #shape: Pick<GoProgramShape, 'wordBytes' | 'littleEndian'>;
  readonly #view: DataView;

  constructor(bytes: Buffer, shape: Pick<GoProgramShape, 'wordBytes' | 'littleEndian'>) {
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
