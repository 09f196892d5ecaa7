import { LayerError } from '../layer-error.ts';

/** The records that change what the next header says. Texts are byte strings. */
export interface PaxRecords {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
  /** True for GNU's sparse formats 0.0 to 1.0: the content is a map and pieces, not the file. */
  readonly isSparse: boolean;
}

/**
 * Reads the records of one extended header: each `<length> <key>=<value>\n`, the length counting all of itself.
 * Sources: POSIX.1-2017 pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files".
 * Throws a LayerError `malformed`.
 */
export function parsePax(bytes: Buffer): PaxRecords {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const length = space === -1 ? '' : bytes.toString('latin1', at, space);
    const end = at + Number(length);
    if (!/^[1-9][0-9]{0,8}$/.test(length) || end > bytes.length || bytes[end - 1] !== 0x0a) throw malformed();
    const equals = bytes.indexOf(0x3d, space);
    if (equals === -1 || equals >= end) throw malformed();
    const key = bytes.toString('latin1', space + 1, equals);
    const value = bytes.toString('latin1', equals + 1, end - 1);
    // An empty value takes an earlier one back.
    if (value === '') records.delete(key);
    else if (isOfUse(key)) records.set(key, value);
    at = end;
  }
  const path = records.get('GNU.sparse.name') ?? records.get('path');
  const linkPath = records.get('linkpath');
  const size = records.get('size');
  return {
    ...(path !== undefined && { path }),
    ...(linkPath !== undefined && { linkPath }),
    ...(size !== undefined && { size: parseSize(size) }),
    isSparse:
      records.has('GNU.sparse.major') || records.has('GNU.sparse.map') || records.has('GNU.sparse.size'),
  };
}

function isOfUse(key: string): boolean {
  return key === 'path' || key === 'linkpath' || key === 'size' || key.startsWith('GNU.sparse.');
}

function parseSize(text: string): number {
  const size = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(size)) throw malformed();
  return size;
}

function malformed(): LayerError {
  return new LayerError('malformed', 'the tar has a broken pax header');
}
