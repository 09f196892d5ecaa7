import { spawnSync } from 'node:child_process';

export interface BerkeleyDbOptions {
  readonly byteOrder: 'little' | 'big';
  /** Bytes, a power of two from 512 to 65536. */
  readonly pageSize: number;
}

/** Writes package headers as rpm before 4.16 did, a hash of package number to header, with Berkeley DB's own tool. */
export function loadBerkeleyDb(
  path: string,
  headers: ReadonlyMap<number, Uint8Array>,
  { byteOrder, pageSize }: BerkeleyDbOptions,
): void {
  const number = (value: number): string => {
    const bytes = Buffer.alloc(4);
    if (byteOrder === 'little') bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes.toString('hex');
  };
  // The record of key 0 holds the next free number.
  const records = [` ${number(0)}\n ${number(headers.size + 1)}\n`];
  for (const [key, header] of headers) {
    records.push(` ${number(key)}\n ${Buffer.from(header).toString('hex')}\n`);
  }
  const dump = `VERSION=3\nformat=bytevalue\ntype=hash\nHEADER=END\n${records.join('')}DATA=END\n`;
  const order = byteOrder === 'little' ? 1234 : 4321;
  const options = ['-c', `db_lorder=${order}`, '-c', `db_pagesize=${pageSize}`, '-t', 'hash', path];
  const { status, stderr } = spawnSync('db_load', options, { input: dump, encoding: 'utf8' });
  if (status !== 0) throw new Error(`db_load: ${stderr}`);
}
