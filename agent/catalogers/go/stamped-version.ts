import type { Executable } from '../executable/executable.ts';
import { initialStrings } from './initial-strings.ts';

/** With all three numbers: without its variable's name, text of two may be anything. */
const RELEASE = /^v?(?!0\.0\.0$)\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?$/;

/** What `git describe` says of a commit, which many programs are told beside their version. */
const DESCRIBED = /-\d+-g[0-9a-f]{7,40}(?:[-.]\w+)?$/;

/** Programs that have their version from a file `VERSION`, built in. Source: runc, main.go. */
const EMBEDDING: ReadonlySet<string> = new Set(['github.com/opencontainers/runc']);

/** A program whose build information does not say its version. */
export interface UnstampedProgram {
  /** Of its module; else the import path of its main package. */
  readonly path: string;
  /** Of the standard library, which programs have themselves told, too. */
  readonly goVersion: string;
  /** False when its build information repeats the linker's orders, so that more is known of them than their text. */
  readonly isLinkedUnseen: boolean;
}

/**
 * The version that a program's own text tells, with a `v`: what the linker was told to write
 * (`-ldflags "-X main.version=1.2.3"`), which build information leaves out with `-trimpath` and before Go 1.18.
 * Which variable it was written to is not known any more: empty when two releases are there, or none.
 */
export function stampedVersion(executable: Executable, program: UnstampedProgram): string {
  const isEmbedding = EMBEDDING.has(program.path);
  if (!program.isLinkedUnseen && !isEmbedding) return '';
  const linked = new Set<string>();
  const embedded = new Set<string>();
  for (const { text, isLinked } of initialStrings(executable)) {
    if (isLinked && program.isLinkedUnseen) add(linked, text);
    else if (isEmbedding && text.endsWith('\n')) add(embedded, text.slice(0, -1));
  }
  linked.delete(`v${program.goVersion}`);
  const [version = '', ...others] = linked.size > 0 ? linked : embedded;
  return others.length === 0 ? version : '';
}

function add(versions: Set<string>, text: string): void {
  if (RELEASE.test(text) && !DESCRIBED.test(text)) versions.add(text.startsWith('v') ? text : `v${text}`);
}
