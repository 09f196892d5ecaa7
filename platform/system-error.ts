/** The `code` of a system error such as `ENOENT`, else undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A system call failed because its path is not there. */
export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT';
}
