import type { LayerFile } from '../../core/layer.ts';

export interface BufferFileOptions {
  /** Permission bits; 0o644 unless given. */
  readonly mode?: number;
  /** Files beside it, by name. */
  readonly siblings?: Readonly<Record<string, Uint8Array | string>>;
}

/** A layer's file whose bytes are at hand. Reads like a real one: a copy, cut at the end of the file. */
export function bufferFile(
  path: string,
  content: Uint8Array | string,
  { mode = 0o644, siblings = {} }: BufferFileOptions = {},
): LayerFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return {
    path,
    size: bytes.length,
    mode,
    read: (offset, length) => bytes.slice(offset, offset + length),
    sibling(name) {
      const beside = Object.hasOwn(siblings, name) ? siblings[name] : undefined;
      return beside === undefined
        ? undefined
        : bufferFile([...path.split('/').slice(0, -1), name].join('/'), beside);
    },
  };
}
