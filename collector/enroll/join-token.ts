import { createHash, timingSafeEqual } from 'node:crypto';
import type { JoinToken } from './enroll-store.ts';

const SECRET_BYTES = 32;
/** Of the secret, these name the token and are no secret; what is left cannot be guessed. */
const ID_BYTES = 6;
const SALT_BYTES = 16;

export interface JoinTokenOrder {
  /** A node's name, or a pattern in which `*` stands for any characters. */
  readonly nodes: string;
  readonly uses: number;
  /** ms. */
  readonly lifeMs: number;
  /** ms since the epoch. */
  readonly now: number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** A new token: its text, which is shown once, and what is kept of it. */
export function newJoinToken({ nodes, uses, lifeMs, now, randomBytes }: JoinTokenOrder): {
  readonly text: string;
  readonly token: JoinToken;
} {
  const secret = Buffer.from(randomBytes(SECRET_BYTES));
  const salt = randomBytes(SALT_BYTES);
  const text = `tmj_${secret.toString('base64url')}`;
  const token = {
    id: secret.toString('hex', 0, ID_BYTES),
    salt,
    hash: tokenHash(salt, text),
    nodes,
    uses,
    used: 0,
    createdAt: now,
    expiresAt: now + lifeMs,
  };
  return { text, token };
}

/** Which token a text would be; undefined when it is none at all. */
export function joinTokenId(text: string): string | undefined {
  if (!/^tmj_[\w-]{43}$/.test(text)) return undefined;
  return Buffer.from(text.slice('tmj_'.length), 'base64url').toString('hex', 0, ID_BYTES);
}

/** Is this the text of that token? In a time that tells nothing of it. */
export function isTextOf({ salt, hash }: JoinToken, text: string): boolean {
  const shown = tokenHash(salt, text);
  return shown.length === hash.length && timingSafeEqual(shown, hash);
}

/** Can this be a node's name, or a pattern of such? */
export function isNodePattern(pattern: string): boolean {
  return /^[\w.*-]{1,253}$/.test(pattern);
}

/** Is the name one that the pattern means? In time that grows with both their lengths, whatever is in them. */
export function matchesPattern(pattern: string, name: string): boolean {
  const [start = '', ...rest] = pattern.split('*');
  if (!name.startsWith(start)) return false;
  const end = rest.pop();
  if (end === undefined) return name === start;
  let at = start.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - end.length >= at && name.endsWith(end);
}

function tokenHash(salt: Uint8Array, text: string): Uint8Array {
  return createHash('sha256').update(salt).update(text).digest();
}
