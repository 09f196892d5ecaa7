/** An archive or an entry that cannot be read. The message says what is wrong with it. */
export class ZipError extends Error {
  /** `unsupported`: encrypted, or compressed in a way that only special tools know. `too-large`: beyond the given cap. */
  readonly code: 'malformed' | 'unsupported' | 'too-large';

  constructor(code: ZipError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ZipError';
    this.code = code;
  }
}
