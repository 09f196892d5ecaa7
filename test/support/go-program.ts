import { dataAddress, executable, Writer } from './executable.ts';

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

/** The smallest file in which Go's own tools would find this build information. */
export function goProgram(
  shape: GoProgramShape,
  { goVersion, modules = '', padding = 0 }: GoProgramContent,
): Buffer {
  const framed = modules === '' ? '' : `${'<'.repeat(16)}${modules}\n${'>'.repeat(16)}`;
  const start = Math.ceil(padding / 16) * 16;
  const data = Buffer.concat([Buffer.alloc(start), buildInfo(shape, goVersion, framed, dataAddress + start)]);
  const name = shape.format === 'elf' ? '.go.buildinfo' : '__go_buildinfo';
  return executable({ ...shape, section: shape.section ? name : undefined }, data, start);
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
