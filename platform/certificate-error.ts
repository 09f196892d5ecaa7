/** Certificates cannot be made or used. The message says which file, and what to do. */
export class CertificateError extends Error {
  readonly code:
    | 'bad-name'
    | 'bad-request'
    | 'incomplete'
    | 'unreadable'
    | 'not-a-certificate'
    | 'mismatch'
    | 'not-yet-valid'
    | 'expired';

  constructor(code: CertificateError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'CertificateError';
    this.code = code;
  }
}
