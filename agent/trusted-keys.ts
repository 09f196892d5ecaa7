import { createPublicKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ConfigError } from '../platform/config-error.ts';
import { errorMessage } from '../platform/error-message.ts';
import { keyId, type TrustedKey } from '../proto/codec/command-signature.ts';

const SUFFIX = '.pub';
/** A key takes some hundred bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * The keys whose holders may order what changes this node: files, or all `*.pub` in a folder. A key is its holder's by
 * the name of its file. Throws a ConfigError for anything that is no key: a node that was to trust somebody must not
 * start and trust everybody.
 */
export function readTrustedKeys(paths: readonly string[]): readonly TrustedKey[] {
  return paths.flatMap((path) => keyFiles(resolve(path))).map(readKey);
}

function keyFiles(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(SUFFIX));
    if (names.length === 0) throw new Error(`there is no *${SUFFIX} in this folder`);
    return names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join(path, name));
  } catch (error) {
    throw unusable(path, errorMessage(error), error);
  }
}

function readKey(path: string): TrustedKey {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Error('it is too large for a key');
    const key = publicKey(readFileSync(path, 'utf8'));
    return { id: keyId(key), owner: basename(path, SUFFIX), key };
  } catch (error) {
    throw unusable(path, errorMessage(error), error);
  }
}

function publicKey(pem: string): KeyObject {
  // A private key would do as well, which is why it must not lie here.
  if (pem.includes('PRIVATE KEY'))
    throw new Error('it is a private key; a node is given the public one alone');
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key');
  return key;
}

function unusable(path: string, why: string, cause: unknown): ConfigError {
  const advice = 'make one with: tallyman keys create NAME';
  return new ConfigError('invalid-value', `trusted-keys: ${path} is no public key: ${why}; ${advice}`, cause);
}
