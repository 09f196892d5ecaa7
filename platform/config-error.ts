/** A setting that cannot be used. The message is one line and says what would be right. */
export class ConfigError extends Error {
  readonly code: 'invalid-value' | 'missing' | 'unknown-setting' | 'unreadable-file';

  constructor(code: ConfigError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ConfigError';
    this.code = code;
  }
}
