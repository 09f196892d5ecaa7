import { MAX_PATH_UNITS } from '../../../core/layer-index.ts';
import type { Budget } from '../budget.ts';
import { candidateBudget, TOO_MANY_CANDIDATES } from '../candidate-budget.ts';
import type { LayerProblem, Wanted } from '../layer-source.ts';
import { textOf } from '../path-text.ts';
import { problemList } from '../problem-list.ts';
import { hasWantedStat, mayBeProgram } from '../programs.ts';
import { linkPath, memberPath } from './member-path.ts';
import type { TarMember } from './parser.ts';
import { tarIndex } from './tar-index.ts';

/** A file that catalogers may want, and the tar member that holds its content: another one for a hard link. */
export interface Candidate {
  readonly path: string;
  readonly member: number;
  /** Catalogers that want it by its name. */
  readonly byName: readonly string[];
  /** Catalogers that want it if its first bytes are those of a program, or for its mode. */
  readonly asProgram: readonly string[];
}

/** What the headers of a layer's tar say, taken one after the other. */
export interface TarReading {
  /** Lists the member; returns it as a candidate if it is one. */
  take(member: TarMember): Candidate | undefined;
  /** Remembers that a member is no program, nor wanted for its mode, so that hard links to it are neither. */
  markNoProgram(member: number): void;
  /** Number of the member that holds the content of a file now; `undefined` when the path is not (or no longer) a file. */
  memberOf(path: string): number | undefined;
  finish(): { readonly index: Uint8Array<ArrayBuffer>; readonly problems: readonly LayerProblem[] };
}

/** `only`: candidates are these paths alone. */
export function tarReading(wanted: Wanted, budget: Budget, only?: ReadonlySet<string>): TarReading {
  const index = tarIndex();
  const problems = problemList();
  const candidates = candidateBudget();
  let noPrograms = new Uint8Array(1024);

  function markNoProgram(member: number): void {
    if (member >= noPrograms.length) {
      const larger = new Uint8Array(Math.max(2 * noPrograms.length, member + 1));
      larger.set(noPrograms);
      noPrograms = larger;
    }
    noPrograms[member] = 1;
  }

  function candidate(path: string, member: number): Candidate | undefined {
    if (only !== undefined && !only.has(path)) return undefined;
    const byName = wanted.byName(path);
    const mayBe = wanted.programs && noPrograms[member] !== 1 && mayBeProgram(path);
    const asProgram = mayBe ? wanted.asProgram(path) : [];
    if (byName.length + asProgram.length === 0) return undefined;
    if (candidates.take(path)) return { path, member, byName, asProgram };
    problems.add(path, TOO_MANY_CANDIDATES);
    return undefined;
  }

  function takeFile(path: string, member: TarMember): Candidate | undefined {
    index.add(path, 'file', { member: member.ordinal });
    if (!hasWantedStat(member.mode, member.size)) markNoProgram(member.ordinal);
    return candidate(path, member.ordinal);
  }

  function takeHardLink(path: string, member: TarMember): Candidate | undefined {
    const target = linkPath(member.linkName);
    const holder = target === undefined ? undefined : index.memberOf(target);
    if (holder === undefined) {
      index.add(path, 'file');
      problems.add(path, 'is a hard link to a file that the layer does not hold');
      return undefined;
    }
    index.add(path, 'file', { member: holder });
    return candidate(path, holder);
  }

  function takeNode(path: string, member: TarMember): Candidate | undefined {
    switch (member.type) {
      case 'file':
        return takeFile(path, member);
      case 'hardlink':
        return takeHardLink(path, member);
      case 'symlink': {
        const target = textOf(member.linkName);
        if (target.length > MAX_PATH_UNITS)
          problems.add(path, 'is a symbolic link to a name that is too long');
        index.add(path, 'symlink', target.length > MAX_PATH_UNITS ? {} : { target });
        return undefined;
      }
      case 'character-device':
        index.add(path, member.isZeroDevice ? 'whiteout' : 'other');
        return undefined;
      case 'directory':
      case 'other':
        index.add(path, member.type);
        return undefined;
    }
  }

  return {
    take(member) {
      budget.checkIndex(index.entryCount, index.byteLength);
      const where = memberPath(member.name);
      if (where.is === 'ignored') return undefined;
      if (where.is === 'refused') {
        problems.add(textOf(member.name.slice(0, MAX_PATH_UNITS)), `was left out: ${where.reason}`);
        return undefined;
      }
      if (where.path === '') {
        // The root is no entry. Overlayfs pays no heed to an opaque root either.
        if (where.is === 'opaque')
          problems.add('', 'the layer says that it hides all layers below; this is not honored');
        return undefined;
      }
      if (where.is === 'path') return takeNode(where.path, member);
      index.add(where.path, where.is);
      return undefined;
    },
    markNoProgram,
    memberOf: (path) => index.memberOf(path),
    finish() {
      budget.checkIndex(index.entryCount, index.byteLength);
      return { index: index.finish(), problems: problems.list() };
    },
  };
}
