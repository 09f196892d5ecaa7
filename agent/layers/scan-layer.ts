import type { Cataloger, CatalogerFacts, Fact } from '../../core/facts.ts';
import type { DiffId, LayerFile, LayerIndex } from '../../core/layer.ts';
import { decodeLayerIndex } from '../../core/layer-index.ts';
import type { Passage } from '../../platform/gate.ts';
import { candidateBudget, TOO_MANY_CANDIDATES } from './candidate-budget.ts';
import { factBudget, type FactBudget } from './fact-budget.ts';
import type { LayerProblem, LayerSource, OnFile, OnFileError, ReadOptions } from './layer-source.ts';
import { mayBeProgram } from './programs.ts';
import { compileWanted } from './wanted.ts';
import { errorMessage } from '../../platform/error-message.ts';

const MAX_MESSAGE = 300;

/** All that was found in one layer. */
export interface ScannedLayer {
  readonly index: LayerIndex;
  /** The index as it is stored; see `decodeLayerIndex`. */
  readonly encodedIndex: Uint8Array<ArrayBuffer>;
  /** One for each cataloger that was asked, also where it found nothing; facts sorted by path. */
  readonly facts: readonly CatalogerFacts[];
  readonly problems: readonly LayerProblem[];
}

/**
 * Reads a layer once: its names, and what each cataloger makes of its candidates. A file that cannot be read or parsed is
 * an `error` fact; only a layer that fails as a whole throws, a LayerError.
 */
export async function scanLayer(
  source: LayerSource,
  diffId: DiffId,
  catalogers: readonly Cataloger[],
  options?: ReadOptions,
): Promise<ScannedLayer> {
  const desk = factDesk(catalogers, options?.passage);
  const listing = await source.scan(compileWanted(catalogers), desk.onFile, desk.onError, options);
  desk.drop(listing.superseded);
  return {
    index: decodeLayerIndex(diffId, listing.index),
    encodedIndex: listing.index,
    facts: desk.facts(diffId),
    problems: listing.problems,
  };
}

/**
 * Reads only what these catalogers want, with no walk: for catalogers that are new or changed since `stored` was made.
 * Throws a LayerError when the layer fails as a whole.
 */
export async function rescanLayer(
  source: LayerSource,
  stored: LayerIndex,
  catalogers: readonly Cataloger[],
  options?: ReadOptions,
): Promise<readonly CatalogerFacts[]> {
  const desk = factDesk(catalogers, options?.passage);
  const wanted = compileWanted(catalogers);
  const candidates = candidateBudget();
  const paths: string[] = [];
  for (const { path, kind } of stored.entries()) {
    if (kind !== 'file') continue;
    const byName = wanted.byName(path);
    if (byName.length === 0 && !(wanted.programs && mayBeProgram(path))) continue;
    if (candidates.take(path)) paths.push(path);
    else desk.onError(path, byName, TOO_MANY_CANDIDATES);
  }
  await source.read(wanted, paths, desk.onFile, desk.onError, options);
  return desk.facts(stored.diffId);
}

/** Where files come in and facts go out. */
interface FactDesk {
  readonly onFile: OnFile;
  readonly onError: OnFileError;
  drop(paths: readonly string[]): void;
  facts(diffId: DiffId): readonly CatalogerFacts[];
}

/** Where the facts of one cataloger lie. */
interface Desk {
  readonly cataloger: Cataloger;
  readonly facts: Map<string, Fact>;
  /** Files that there was no room for. */
  left: number;
  firstLeft?: string;
}

function factDesk(catalogers: readonly Cataloger[], passage: Passage | undefined): FactDesk {
  const budget = factBudget();
  const desks = new Map(
    catalogers.map((cataloger): [string, Desk] => [cataloger.id, { cataloger, facts: new Map(), left: 0 }]),
  );

  function record(path: string, ids: readonly string[], make: (cataloger: Cataloger) => Fact): void {
    for (const [id, desk] of desks) {
      const before = desk.facts.get(path);
      if (before !== undefined) budget.drop(before);
      desk.facts.delete(path);
      if (!ids.includes(id)) continue;
      const fact = make(desk.cataloger);
      if (budget.keep(fact)) {
        desk.facts.set(path, fact);
        continue;
      }
      desk.firstLeft ??= path;
      desk.left += 1;
    }
  }

  return {
    onFile(file, ids) {
      passage?.pass();
      const concerned = ids.filter((id) => hasMode(desks.get(id)?.cataloger, file.mode));
      const waiting = passage === undefined ? file : behind(passage, file);
      record(file.path, concerned, (cataloger) => factOf(cataloger, waiting, budget));
    },
    onError: (path, ids, message) =>
      record(path, ids, () => ({ path, status: 'error', message: shortened(message) })),
    drop(paths) {
      for (const path of paths) for (const { facts } of desks.values()) facts.delete(path);
    },
    facts: (diffId) =>
      [...desks.values()].map((desk) => ({
        diffId,
        cataloger: desk.cataloger.id,
        version: desk.cataloger.version,
        facts: [...desk.facts.values(), ...leftOut(desk)].sort((a, b) => (a.path < b.path ? -1 : 1)),
      })),
  };
}

/** Says of the first file that there was no room for how many they were. */
function leftOut({ firstLeft: path, left, facts }: Desk): readonly Fact[] {
  if (path === undefined || facts.has(path)) return [];
  const others = left > 1 ? `, and ${left - 1} others` : '';
  const message = `left out${others}: the layer has too many files that may tell of packages`;
  return [{ path, status: 'error', message }];
}

/** The same file, whose reads wait at a shut gate: a large one is read in many pieces. */
function behind(passage: Passage, file: LayerFile): LayerFile {
  const { path, size, mode } = file;
  return {
    path,
    size,
    mode,
    read(offset, length) {
      passage.pass();
      return file.read(offset, length);
    },
    sibling(name) {
      const beside = file.sibling(name);
      return beside && behind(passage, beside);
    },
  };
}

/** True for the permission bits that a cataloger asks for, if it asks for any. */
function hasMode(cataloger: Cataloger | undefined, mode: number): boolean {
  const modes = cataloger?.candidates.modes;
  return modes === undefined || (mode & modes) !== 0;
}

function factOf(cataloger: Cataloger, file: LayerFile, budget: FactBudget): Fact {
  const { path } = file;
  try {
    const content = budget.fit(cataloger.parse(file), file.size);
    const isFound =
      content.release !== undefined ||
      content.build !== undefined ||
      (content.packages?.length ?? 0) > 0 ||
      (content.claims?.length ?? 0) > 0 ||
      (content.findings?.length ?? 0) > 0 ||
      (content.licenses?.length ?? 0) > 0;
    return { path, status: isFound ? 'found' : 'nothing', ...content };
  } catch (error) {
    return {
      path,
      status: 'error',
      message: shortened(errorMessage(error)),
    };
  }
}

function shortened(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
