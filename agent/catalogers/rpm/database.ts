import type { FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector } from '../package-database/claims.ts';
import { dependencyNames, providerIndex } from '../package-database/dependencies.ts';
import { present } from '../package-database/present.ts';
import { HASH_MAGIC, readBerkeleyDb } from './berkeley-db.ts';
import { viewOf } from './byte-gatherer.ts';
import { damaged, RpmDatabaseError } from './database-error.ts';
import type { HeaderSource } from './header-source.ts';
import { parseHeader } from './header.ts';
import { NDB_MAGIC, readNdb } from './ndb.ts';
import { filesOf, packageOf, type RpmPackage } from './package.ts';
import { readSqlite } from './sqlite/packages.ts';
import { SQLITE_MAGIC } from './sqlite/pages.ts';

/** A workstation of 3,000 packages has 200 MiB. */
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_PACKAGES = 100_000;
const MAX_PROBLEMS = 1000;

/**
 * Reads an rpm database of any format, told by its content: names outlive formats. Packages that are damaged are left
 * out and counted in `truncated`; a database of which nothing can be read throws an `RpmDatabaseError`.
 */
export function parseDatabase(file: LayerFile): FactContent {
  if (file.size === 0) return {};
  if (file.size > MAX_BYTES) {
    throw new RpmDatabaseError(
      'too-large',
      `rpm database of ${file.size} bytes; at most ${MAX_BYTES} are read`,
    );
  }
  const problems = problemList();
  const files = claimCollector();
  const found: RpmPackage[] = [];
  try {
    for (const blob of sourceOf(file)(file, problems.add)) {
      if (found.length === MAX_PACKAGES) throw damaged(`more than ${MAX_PACKAGES} packages`);
      const one = readPackage(blob, files.add, problems.add);
      if (one !== undefined) found.push(one);
    }
  } catch (error) {
    if (!(error instanceof RpmDatabaseError) || found.length === 0) throw error;
    problems.note(error.message);
  }
  const summary = problems.summary();
  if (summary !== undefined && found.length === 0) throw damaged(summary);
  const claims = files.claims();
  const index = new Map(providerIndex(found));
  const paths = new Set(found.flatMap(({ requires }) => requires).filter((name) => name.startsWith('/')));
  for (const { owner, files: claimed } of claims) {
    for (const path of claimed)
      if (paths.has(`/${path}`) && !index.has(`/${path}`)) index.set(`/${path}`, owner);
  }
  const packages = found.map(({ record, requires }) => {
    const alternatives = requires.map((name) => [name]);
    const dependencies = dependencyNames(record.name, alternatives, index);
    return dependencies.length === 0 ? record : { ...record, dependencies };
  });
  return { packages, claims, ...present({ truncated: summary ?? files.truncated() }) };
}

function sourceOf(file: LayerFile): HeaderSource {
  const start = file.read(0, 16);
  if (start.length === 16) {
    const view = viewOf(start);
    if (new TextDecoder().decode(start) === SQLITE_MAGIC) return readSqlite;
    if (view.getUint32(0, true) === NDB_MAGIC) return readNdb;
    if (view.getUint32(12, true) === HASH_MAGIC || view.getUint32(12) === HASH_MAGIC) return readBerkeleyDb;
  }
  throw new RpmDatabaseError('unknown-format', 'neither SQLite, nor ndb, nor a Berkeley DB hash');
}

function readPackage(
  blob: Uint8Array,
  claim: (owner: string, path: string) => void,
  report: (problem: string) => void,
): RpmPackage | undefined {
  try {
    const header = parseHeader(blob);
    const one = packageOf(header);
    for (const path of filesOf(header)) claim(one.name, path);
    return one;
  } catch (error) {
    if (!(error instanceof RpmDatabaseError)) throw error;
    report(error.message);
    return undefined;
  }
}

interface ProblemList {
  /** Throws once there are so many that the rest is not worth reading. */
  add(problem: string): void;
  note(problem: string): void;
  summary(): string | undefined;
}

function problemList(): ProblemList {
  let first: string | undefined;
  let count = 0;
  function note(problem: string): void {
    first ??= problem;
    count += 1;
  }
  return {
    note,
    add(problem) {
      note(problem);
      if (count >= MAX_PROBLEMS) throw damaged('too much is damaged');
    },
    summary: () => (count > 1 ? `${first} (and ${count - 1} more)` : first),
  };
}
