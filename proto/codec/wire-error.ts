/**
 * Bytes that are not the message they should be.
 * - `malformed`: not the wire format, or a value that cannot be.
 * - `too-large`: more fields than the caller allows.
 * - `unknown-word`: a kind, type or state that this version does not know.
 * - `mismatch`: two parts that should agree do not, such as a key and what it names.
 */
export class WireError extends Error {
  readonly code: 'malformed' | 'too-large' | 'unknown-word' | 'mismatch';

  constructor(code: WireError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'WireError';
    this.code = code;
  }
}
