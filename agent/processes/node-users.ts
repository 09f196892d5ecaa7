import { fileVersion, readPlainFile } from './proc-reader.ts';
import { parsePasswd } from './proc-text.ts';

/** Larger than any local passwd; directories with more users are not kept in it. */
const PASSWD_BYTES = 4 * 1024 * 1024;

/** The node's user names, by the first of some passwd(5) files that can be read; read again when it changed. */
export class NodeUsers {
  readonly #paths: readonly string[];
  #path: string | undefined;
  #version = '';
  #names: ReadonlyMap<number, string> = new Map();

  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Looks whether the file changed; false when none can be read, and then there are no names. */
  refresh(): boolean {
    for (const path of this.#paths) {
      const version = fileVersion(path);
      if (version === undefined) continue;
      if (path === this.#path && version === this.#version) return true;
      const bytes = readPlainFile(path, PASSWD_BYTES);
      if (bytes === undefined) continue;
      this.#path = path;
      this.#version = version;
      this.#names = parsePasswd(bytes);
      return true;
    }
    this.#path = undefined;
    this.#names = new Map();
    return false;
  }

  name(uid: number): string | undefined {
    return this.#names.get(uid);
  }
}
