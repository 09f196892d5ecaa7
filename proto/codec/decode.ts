import protobuf from 'protobufjs/minimal.js';
import { WireError } from './wire-error.ts';

/** A generated message class, as far as reading goes. */
export interface Decoder<T> {
  decode(reader: protobuf.Reader): T;
}

/**
 * Decodes bytes from the other side. Every field costs memory of its own, up to a hundred times its bytes, so a
 * message may have at most `maxFields` of them, at all depths. Throws a WireError and nothing else.
 */
export function decodeBounded<T>(type: Decoder<T>, bytes: Uint8Array, maxFields: number): T {
  try {
    return type.decode(new CountingReader(bytes, maxFields));
  } catch (error) {
    if (error instanceof WireError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new WireError('malformed', `not a protobuf message of this type: ${why}`, error);
  }
}

class CountingReader extends protobuf.BufferReader {
  #left: number;

  constructor(bytes: Uint8Array, maxFields: number) {
    super(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#left = maxFields;
    // Kept with the message, so that whoever passes it on, or must know all of it, can.
    this.discardUnknown = false;
  }

  override tag(): number {
    if (this.#left === 0) throw new WireError('too-large', 'the message has more fields than are allowed');
    this.#left -= 1;
    return super.tag();
  }
}
