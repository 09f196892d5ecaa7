/** A 64-bit ELF shared object that holds nothing but these sections, in this order. Source: elf(5). */
export function elfWith(sections: Readonly<Record<string, Uint8Array | string>>): Buffer {
  const names = ['', ...Object.keys(sections), '.shstrtab'];
  const table = Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1');
  const contents = [
    ...Object.values(sections).map((one) => (typeof one === 'string' ? Buffer.from(one, 'latin1') : one)),
    table,
  ];
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeBigUInt64LE(BigInt(64 + contents.reduce((sum, { length }) => sum + length, 0)), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(names.length, 60);
  header.writeUInt16LE(names.length - 1, 62);
  const entries = [Buffer.alloc(64)];
  let offset = 64;
  for (const [at, content] of contents.entries()) {
    const entry = Buffer.alloc(64);
    const name = names[at + 1] ?? '';
    entry.writeUInt32LE(table.indexOf(`\0${name}\0`, 0, 'latin1') + 1, 0);
    entry.writeUInt32LE(1, 4);
    entry.writeBigUInt64LE(BigInt(offset), 24);
    entry.writeBigUInt64LE(BigInt(content.length), 32);
    entries.push(entry);
    offset += content.length;
  }
  return Buffer.concat([header, ...contents, ...entries]);
}
