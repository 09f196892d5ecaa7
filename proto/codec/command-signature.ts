import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { encodeCommand, type Command } from './command.ts';

/** A key whose owner may order what changes a node. */
export interface TrustedKey {
  readonly id: string;
  /** Who holds it. */
  readonly owner: string;
  readonly key: KeyObject;
}

/**
 * - `signed`: by this key, just as it is here.
 * - `unsigned`: there is no signature.
 * - `untrusted`: by a key that is not among those given; the signature was not looked at.
 * - `newer`: it has parts that this version does not know, so that what was signed cannot be told.
 * - `altered`: the signature is not of this command.
 */
export type Verification =
  | { readonly kind: 'signed'; readonly key: TrustedKey }
  | { readonly kind: 'unsigned' | 'untrusted' | 'newer' | 'altered' };

/** Length of SubjectPublicKeyInfo before the key itself. Source: RFC 8410, section 4. */
const SPKI_PREFIX_BYTES = 12;
const KEY_ID_DIGITS = 16;

/** The first 16 hex digits of SHA-256 over the 32 bytes of an Ed25519 public key. */
export function keyId(publicKey: KeyObject): string {
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX_BYTES);
  return createHash('sha256').update(raw).digest('hex').slice(0, KEY_ID_DIGITS);
}

/** The command with its signature by an Ed25519 key, PEM or ready. Throws for any other key. */
export function signCommand(command: Command, privateKey: KeyObject | string): Command {
  const key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('commands are signed with an Ed25519 key');
  const named = { ...command, keyId: keyId(createPublicKey(key)) };
  return { ...named, signature: sign(null, signedBytes(named), key) };
}

/** Whose command it is. It says nothing about whom it is for and until when: those are in it. */
export function verifyCommand(command: Command, trusted: readonly TrustedKey[]): Verification {
  if (command.signature === undefined) return { kind: 'unsigned' };
  const key = trusted.find(({ id }) => id === command.keyId);
  if (key === undefined) return { kind: 'untrusted' };
  if (command.isNewer || command.action.kind === 'unknown') return { kind: 'newer' };
  const isItsOwn = verify(null, signedBytes(command), key.key, command.signature);
  return isItsOwn ? { kind: 'signed', key } : { kind: 'altered' };
}

/** All that is known of the command but its signature, as we encode it. */
function signedBytes(command: Command): Uint8Array {
  const { signature: _, ...rest } = command;
  return encodeCommand(rest);
}
