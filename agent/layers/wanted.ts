import type { Cataloger } from '../../core/facts.ts';
import type { Wanted } from './layer-source.ts';

const NOBODY: readonly string[] = [];

/**
 * Turns the catalogers' rules into lookups: a name costs one in a table of names, one in a table of
 * their beginnings and one for each of its dots,
 * however many catalogers there are.
 */
export function compileWanted(catalogers: readonly Cataloger[]): Wanted {
  const byBasename = new Map<string, Cataloger[]>();
  const byStem = new Map<string, Cataloger[]>();
  const byDottedSuffix = new Map<string, Cataloger[]>();
  const byOtherSuffix = new Map<string, Cataloger[]>();
  for (const cataloger of catalogers) {
    for (const name of cataloger.candidates.basenames ?? []) append(byBasename, name, cataloger);
    for (const stem of cataloger.candidates.stems ?? []) append(byStem, stem, cataloger);
    for (const suffix of cataloger.candidates.suffixes ?? []) {
      if (suffix.startsWith('.')) append(byDottedSuffix, suffix, cataloger);
      else append(byOtherSuffix, suffix, cataloger);
    }
  }
  const forPrograms = catalogers.filter((cataloger) => cataloger.candidates.executables === true);
  const forModes = forPrograms.filter((cataloger) => cataloger.candidates.modes !== undefined);
  const companioned = catalogers.filter((cataloger) => cataloger.companions !== undefined);

  function byName(path: string): readonly string[] {
    const start = path.lastIndexOf('/') + 1;
    let ids = accepting(byBasename.get(path.slice(start)), path, NOBODY);
    if (byStem.size > 0) ids = accepting(byStem.get(stemOf(path, start)), path, ids);
    if (byDottedSuffix.size > 0) {
      for (let dot = path.indexOf('.', start); dot !== -1; dot = path.indexOf('.', dot + 1)) {
        ids = accepting(byDottedSuffix.get(path.slice(dot)), path, ids);
      }
    }
    for (const [suffix, all] of byOtherSuffix) {
      if (path.length - start >= suffix.length && path.endsWith(suffix)) ids = accepting(all, path, ids);
    }
    return ids;
  }

  function companions(path: string): readonly string[] {
    const ids = byName(path);
    const names = new Set<string>();
    for (const cataloger of companioned) {
      if (cataloger.candidates.executables !== true && !ids.includes(cataloger.id)) continue;
      for (const name of cataloger.companions?.(path) ?? []) names.add(name);
    }
    return [...names];
  }

  return {
    byName,
    programs: forPrograms.length > 0,
    asProgram: (path) => accepting(forPrograms, path, NOBODY),
    byMode: (path) => accepting(forModes, path, NOBODY),
    companions,
  };
}

/** What the last segment, which begins at `start`, says before its first digit or dot. */
function stemOf(path: string, start: number): string {
  let end = start;
  while (end < path.length && !isDigitOrDot(path.charCodeAt(end))) end += 1;
  return path.slice(start, end);
}

function isDigitOrDot(code: number): boolean {
  return code === 0x2e || (code >= 0x30 && code <= 0x39);
}

function append(table: Map<string, Cataloger[]>, key: string, cataloger: Cataloger): void {
  const list = table.get(key);
  if (list === undefined) table.set(key, [cataloger]);
  else list.push(cataloger);
}

function accepting(
  catalogers: readonly Cataloger[] | undefined,
  path: string,
  already: readonly string[],
): readonly string[] {
  if (catalogers === undefined) return already;
  let ids = already;
  for (const { id, candidates } of catalogers) {
    if (!ids.includes(id) && candidates.accepts(path)) ids = [...ids, id];
  }
  return ids;
}
