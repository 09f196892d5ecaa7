/** One entry of a tar to be written. Paths have no leading slash. */
export interface TarEntry {
  readonly path: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo' | 'character-device';
  /** Permission bits; 0o644 for files, 0o755 for directories when absent. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly content?: Uint8Array | string;
  /** Of a symlink or hard link. */
  readonly target?: string;
  /** Seconds since the epoch; 0 when absent, so that equal inputs give equal digests. */
  readonly mtime?: number;
}

const BLOCK = 512;
const TYPE_FLAGS = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  directory: '5',
  fifo: '6',
} as const;

/** Writes an uncompressed POSIX tar (ustar; pax headers where a name is too long). Source: POSIX.1-2017 pax, "ustar Interchange Format". */
export function writeTar(entries: Iterable<TarEntry>): Buffer {
  const blocks: Buffer[] = [];
  for (const entry of entries) appendEntry(blocks, entry);
  blocks.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(blocks);
}

function appendEntry(blocks: Buffer[], entry: TarEntry): void {
  const type = entry.type ?? 'file';
  const content =
    typeof entry.content === 'string' ? Buffer.from(entry.content) : (entry.content ?? Buffer.alloc(0));
  const name = type === 'directory' && !entry.path.endsWith('/') ? `${entry.path}/` : entry.path;
  const records: string[] = [];
  if (Buffer.byteLength(name) > 100) records.push(paxRecord('path', name));
  if (entry.target !== undefined && Buffer.byteLength(entry.target) > 100)
    records.push(paxRecord('linkpath', entry.target));
  if (records.length > 0) {
    const pax = Buffer.from(records.join(''));
    blocks.push(header('PaxHeader', 'x', pax.length, entry, 0o644), padded(pax));
  }
  const mode = entry.mode ?? (type === 'directory' ? 0o755 : 0o644);
  blocks.push(header(name, TYPE_FLAGS[type], content.length, entry, mode), padded(content));
}

function header(name: string, typeFlag: string, size: number, entry: TarEntry, mode: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name.slice(0, 100), 0, 100);
  block.write(octal(mode, 7), 100);
  block.write(octal(entry.uid ?? 0, 7), 108);
  block.write(octal(entry.gid ?? 0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(entry.mtime ?? 0, 11), 136);
  block.write('        ', 148);
  block.write(typeFlag, 156);
  if (entry.target !== undefined && typeFlag !== 'x') block.write(entry.target, 157, 100);
  block.write('ustar\x0000', 257);
  block.write(octal(0, 7), 329);
  block.write(octal(0, 7), 337);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`;
}

function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(body);
  length += String(length + String(length).length).length;
  return `${length}${body}`;
}

function padded(content: Uint8Array): Buffer {
  const rest = content.length % BLOCK;
  return rest === 0 ? Buffer.from(content) : Buffer.concat([content, Buffer.alloc(BLOCK - rest)]);
}
