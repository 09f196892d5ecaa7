import { createPublicKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { ConfigError } from '../platform/config-error.ts';
import { errorMessage } from '../platform/error-message.ts';
import { keyId, type TrustedKey } from '../proto/codec/command-signature.ts';
import { isMissing } from '../platform/system-error.ts';

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

export interface TrustedKeysWatch {
  readonly keys: TrustedKeys;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** Others are trusted than before. */
  onChange(keys: readonly TrustedKey[]): void;
  /** A sentence for the operator, said once. */
  onProblem(problem: string): void;
}

/** Looks at the files every so often until the signal fires. Keeps no process alive. */
export function watchTrustedKeys(watch: TrustedKeysWatch): void {
  const { keys, intervalMs, signal } = watch;
  const timer = setInterval(() => {
    const { isChanged, problems } = keys.look();
    for (const problem of problems) watch.onProblem(problem);
    if (isChanged) watch.onChange(keys.current());
  }, intervalMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}

/** What a look at the files came to. */
export interface TrustedKeysLook {
  /** Other keys are trusted than before. */
  readonly isChanged: boolean;
  /** What is wrong with the files now and was not at the look before; a sentence each. */
  readonly problems: readonly string[];
}

/**
 * The trusted keys of an agent that runs. A file that is gone takes its key with it, also the last one: then nobody is
 * trusted. One that cannot be read, as when it is being written, keeps the key that was read from it before.
 */
export class TrustedKeys {
  readonly #paths: readonly string[];
  #keys: ReadonlyMap<string, TrustedKey>;
  #problems: readonly string[] = [];

  /** Reads the files as `readTrustedKeys` does. Throws a ConfigError. */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map((path) => resolve(path));
    const files = this.#paths.flatMap(keyFiles);
    this.#keys = new Map(files.map((file) => [file, readKey(file)]));
  }

  current(): readonly TrustedKey[] {
    return [...this.#keys.values()];
  }

  /** What was wrong with the files at the last look; a sentence each. */
  problems(): readonly string[] {
    return this.#problems;
  }

  /** Reads the files again. */
  look(): TrustedKeysLook {
    const keys = new Map<string, TrustedKey>();
    const problems: string[] = [];
    for (const path of this.#paths) {
      this.#read(path, keys, problems, (folder) => {
        for (const file of keyFiles(folder))
          this.#read(file, keys, problems, (one) => keys.set(one, readKey(one)));
      });
    }
    const isChanged = listed(keys) !== listed(this.#keys);
    const known = new Set(this.#problems);
    this.#problems = problems;
    this.#keys = keys;
    return { isChanged, problems: problems.filter((problem) => !known.has(problem)) };
  }

  /** What was there and cannot be read now, a folder or a file, keeps what was read from it before. */
  #read(path: string, keys: Map<string, TrustedKey>, problems: string[], read: (path: string) => void): void {
    try {
      read(path);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (isMissing(error.cause)) {
        problems.push(`trusted-keys: there is no key at ${path} any more, and none from there is trusted`);
        return;
      }
      problems.push(`${error.message}; what was read from it before is used`);
      for (const [file, key] of this.#keys) if (file === path || dirname(file) === path) keys.set(file, key);
    }
  }
}

function keyFiles(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(SUFFIX));
    if (names.length === 0) throw gone(`there is no *${SUFFIX} in this folder`);
    return names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join(path, name));
  } catch (error) {
    throw unusable(path, errorMessage(error), error);
  }
}

function readKey(path: string): TrustedKey {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > MAX_BYTES) throw new Error('it is too large for a key');
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

/** As the system says it of a file. */
function gone(why: string): Error {
  return Object.assign(new Error(why), { code: 'ENOENT' });
}

function listed(keys: ReadonlyMap<string, TrustedKey>): string {
  return JSON.stringify([...keys.values()].map(({ id, owner }) => [id, owner]));
}

function unusable(path: string, why: string, cause: unknown): ConfigError {
  const advice = 'make one with: tallyman keys create NAME';
  return new ConfigError('invalid-value', `trusted-keys: ${path} is no public key: ${why}; ${advice}`, cause);
}
