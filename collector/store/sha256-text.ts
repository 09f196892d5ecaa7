import { sha256 } from '../../platform/sha256.ts';

/** Of a text's UTF-8. */
export function sha256Text(text: string): Uint8Array {
  return sha256(Buffer.from(text));
}
