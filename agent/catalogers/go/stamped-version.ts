import type { Executable } from '../executable/executable.ts';
import { initialStrings } from './initial-strings.ts';
import { ownTextOf, type OwnText } from './own-text.ts';
import { releaseIn } from './release.ts';

/** With all three numbers: without its variable's name, text of two may be anything; and `02.01.2006` is a date. */
const THREE_NUMBERS = /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?![\d.])/;

/** What `git describe` says of a commit, which many programs are told beside their version. */
const DESCRIBED = /-\d+-g[0-9a-f]{7,40}(?:[-.]\w+)?$/;

/** What distributions put behind a version; programs that they build are told both. */
const REVISION = /^-\d[\w.+~]*$/;

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
 * (`-ldflags "-X main.version=1.2.3"`), which build information leaves out with `-trimpath` and before Go 1.18; of
 * some programs what their source says.
 * Which variable it was written to is not known any more: empty when two releases are there, or none.
 */
export function stampedVersion(executable: Executable, program: UnstampedProgram): string {
  const own = ownTextOf(program.path);
  if (!program.isLinkedUnseen && own === undefined) return '';
  const linked = new Set<string>();
  const stated = new Set<string>();
  for (const { text, isLinked } of initialStrings(executable)) {
    if (isLinked && program.isLinkedUnseen) add(linked, text);
    else if (!isLinked && own !== undefined) addOwn(stated, text, own);
  }
  linked.delete(program.goVersion);
  const [version = '', ...others] = linked.size > 0 ? withoutRevisions(linked) : stated;
  return others.length === 0 ? (releaseIn(version) ?? '') : '';
}

function addOwn(versions: Set<string>, text: string, { isFile, others }: OwnText): void {
  if (text.endsWith('\n') === isFile && !others.includes(text))
    add(versions, isFile ? text.slice(0, -1) : text);
}

/** All without a `v`, so that what is written in both ways is one. */
function add(versions: Set<string>, text: string): void {
  if (THREE_NUMBERS.test(text) && !DESCRIBED.test(text) && releaseIn(text) !== undefined)
    versions.add(text.replace(/^v/, ''));
}

/** `1.5.0` alone of `1.5.0` and `1.5.0-1+b6`. */
function withoutRevisions(versions: ReadonlySet<string>): readonly string[] {
  const all = [...versions];
  return all.filter(
    (one) => !all.some((other) => one.startsWith(other) && REVISION.test(one.slice(other.length))),
  );
}
