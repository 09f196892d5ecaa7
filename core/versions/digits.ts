export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/**
 * Orders two runs of decimal digits of any length by the number they write; an empty run is 0.
 * Versions hold dates and hashes longer than a number can keep exactly.
 */
export function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, '');
  const right = b.replace(/^0+/, '');
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
