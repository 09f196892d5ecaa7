import protobuf from 'protobufjs/minimal.js';

/** U+DC00 plus the byte: a byte of a name that is no UTF-8, as `agent/layers/path-text.ts` has it. */
const ODD_BYTE = /[\udc80-\udcff]/gu;

/**
 * What every message is encoded by. A `string` is UTF-8 ("Protocol Buffers: Language Guide", Scalar Value Types), and whoever
 * decodes refuses all of a message that has another; names of files and what is read from them may be any text.
 */
export function textWriter(): protobuf.Writer {
  return new TextWriter();
}

class TextWriter extends protobuf.BufferWriter {
  override string(value: string): this {
    super.string(value.isWellFormed() ? value : wellFormed(value));
    return this;
  }
}

/** Odd bytes as `\xff`, so that names which differ in them still do; other halves of surrogate pairs as U+FFFD. */
function wellFormed(text: string): string {
  return text
    .replaceAll(ODD_BYTE, (byte) => `\\x${(byte.charCodeAt(0) - 0xdc00).toString(16)}`)
    .toWellFormed();
}
