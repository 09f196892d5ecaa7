import type { Cataloger } from '../../core/facts.ts';
import type { Wanted } from './layer-source.ts';

const NOBODY: readonly string[] = [];

/** Who wants names that end so. */
interface Ending {
  readonly suffix: string;
  readonly catalogers: Cataloger[];
}

/**
 * Turns the catalogers' rules into lookups: a name costs one in a table of names, one in a table of their beginnings, if
 * any begins as it does, and one for what follows its last dot, however many catalogers there are.
 */
export function compileWanted(catalogers: readonly Cataloger[]): Wanted {
  const byBasename = new Map<string, Cataloger[]>();
  const byStem = new Map<string, Cataloger[]>();
  const bySuffix = new Map<string, Cataloger[]>();
  for (const cataloger of catalogers) {
    for (const name of cataloger.candidates.basenames ?? []) append(byBasename, name, cataloger);
    for (const stem of cataloger.candidates.stems ?? []) append(byStem, stem, cataloger);
    for (const suffix of cataloger.candidates.suffixes ?? []) append(bySuffix, suffix, cataloger);
  }
  const endings = [...bySuffix].map(([suffix, wanting]): Ending => ({ suffix, catalogers: wanting }));
  const byLastDot = Map.groupBy(
    endings.filter(({ suffix }) => suffix.startsWith('.')),
    ({ suffix }) => suffix.slice(suffix.lastIndexOf('.')),
  );
  const otherEndings = endings.filter(({ suffix }) => !suffix.startsWith('.'));
  const firstOfStems = new Set([...byStem.keys()].map((stem) => stem.charCodeAt(0)));
  const forPrograms = catalogers.filter((cataloger) => cataloger.candidates.executables === true);
  const forModes = forPrograms.filter((cataloger) => cataloger.candidates.modes !== undefined);
  const companioned = catalogers.filter((cataloger) => cataloger.companions !== undefined);

  function byName(path: string): readonly string[] {
    const start = path.lastIndexOf('/') + 1;
    let ids = accepting(byBasename.get(path.slice(start)), path, NOBODY);
    const first = path.charCodeAt(start);
    if (firstOfStems.has(first) || isDigitOrDot(first))
      ids = accepting(byStem.get(stemOf(path, start)), path, ids);
    const dot = path.lastIndexOf('.');
    if (dot >= start) ids = acceptingEnd(byLastDot.get(path.slice(dot)), path, start, ids);
    return acceptingEnd(otherEndings, path, start, ids);
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

/** `start`: where the last segment begins, which the whole suffix must be in. */
function acceptingEnd(
  endings: readonly Ending[] | undefined,
  path: string,
  start: number,
  already: readonly string[],
): readonly string[] {
  if (endings === undefined) return already;
  let ids = already;
  for (const { suffix, catalogers } of endings) {
    const isEnd = path.length - start >= suffix.length && path.endsWith(suffix);
    if (isEnd) ids = accepting(catalogers, path, ids);
  }
  return ids;
}
