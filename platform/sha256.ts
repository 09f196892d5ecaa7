import { createHash, hash } from 'node:crypto';

/** SHA-256 of the parts one after the other: what core asks for, since it has no crypto of its own. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first, second] = parts;
  // In one call: a third of the time for the short texts that most are.
  if (first !== undefined && second === undefined) return hash('sha256', first, 'buffer');
  return hash('sha256', Buffer.concat(parts), 'buffer');
}

/** SHA-256 of a text in UTF-8, in hex. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
