import type { FactContent, FileClaim, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { claimCollector, type ClaimCollector } from '../package-database/claims.ts';
import {
  dependencyNames,
  providerIndex,
  relationBudget,
  type RelationBudget,
} from '../package-database/dependencies.ts';
import { present } from '../package-database/present.ts';
import { HASH_MAGIC, readBerkeleyDb } from './berkeley-db.ts';
import { viewOf } from '../package-database/byte-gatherer.ts';
import { damaged, DatabaseError, MAX_DATABASE_BYTES, tooLarge } from '../package-database/database-error.ts';
import type { HeaderSource } from './header-source.ts';
import { parseHeader } from './header.ts';
import { NDB_MAGIC, readNdb } from './ndb.ts';
import { filesOf, MAX_RELATIONS, packageOf, type RpmPackage } from './package.ts';
import { problemList, type ProblemList } from '../package-database/problem-list.ts';
import { readSqlite } from './sqlite.ts';
import { SQLITE_MAGIC } from '../sqlite/pages.ts';

const MAX_PACKAGES = 100_000;
/** Characters that packages are described with; a workstation's come to 10 Mi. */
const MAX_TEXT = 64 * 1024 * 1024;
const TEXT_OVERHEAD = 16;

/**
 * Reads an rpm database of any format, told by its content: names outlive formats. Packages that are damaged are left
 * out and counted in `truncated`; a database of which nothing can be read throws an `DatabaseError`.
 */
export function parseDatabase(file: LayerFile): FactContent {
  if (file.size === 0) return {};
  if (file.size > MAX_DATABASE_BYTES) throw tooLarge(file);
  const problems = problemList();
  const files = claimCollector();
  const relations = relationBudget(MAX_RELATIONS);
  const found = readPackages(file, { files, relations }, problems);
  const claims = files.claims();
  return {
    packages: withDependencies(found, claims),
    claims,
    ...present({ truncated: problems.summary() ?? files.truncated() ?? relations.truncated() }),
  };
}

/** What of a package takes the most room. */
interface Collectors {
  readonly files: ClaimCollector;
  readonly relations: RelationBudget;
}

function readPackages(
  file: LayerFile,
  collectors: Collectors,
  { report, conclude, summary }: ProblemList,
): RpmPackage[] {
  const found: RpmPackage[] = [];
  let textLength = 0;
  try {
    for (const blob of sourceOf(file)(file, report)) {
      if (found.length === MAX_PACKAGES) throw damaged(`more than ${MAX_PACKAGES} packages`);
      const one = readPackage(blob, collectors);
      if (typeof one === 'string') {
        report(one);
        continue;
      }
      textLength += textLengthOf(one);
      if (textLength > MAX_TEXT) throw damaged(`packages with more than ${MAX_TEXT} characters`);
      found.push(one);
    }
  } catch (error) {
    if (!(error instanceof DatabaseError) || found.length === 0) throw error;
    conclude(error.message);
  }
  const problem = summary();
  if (problem !== undefined && found.length === 0) throw damaged(problem);
  return found;
}

function sourceOf(file: LayerFile): HeaderSource {
  const start = file.read(0, 16);
  if (start.length === 16) {
    const view = viewOf(start);
    if (new TextDecoder().decode(start) === SQLITE_MAGIC) return readSqlite;
    if (view.getUint32(0, true) === NDB_MAGIC) return readNdb;
    if (view.getUint32(12, true) === HASH_MAGIC || view.getUint32(12) === HASH_MAGIC) return readBerkeleyDb;
  }
  throw new DatabaseError('unknown-format', 'neither SQLite, nor ndb, nor a Berkeley DB hash');
}

/** A package, or what is wrong with its header. */
function readPackage(blob: Uint8Array, { files, relations }: Collectors): RpmPackage | string {
  try {
    const header = parseHeader(blob);
    const one = packageOf(header, relations);
    for (const path of filesOf(header)) files.add(one.name, path);
    return one;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return error.message;
  }
}

function textLengthOf({ record, provides, requires }: RpmPackage): number {
  const { name, version, architecture, vendor, modularity, licenses = [], source } = record;
  let length = 0;
  for (const texts of [
    [name, version, architecture, vendor, modularity, source?.name, source?.version],
    licenses,
    provides,
    requires,
  ]) {
    for (const text of texts) length += (text?.length ?? 0) + TEXT_OVERHEAD;
  }
  return length;
}

/** Requirements are met by what packages provide, or by a file that one of them has. */
function withDependencies(found: readonly RpmPackage[], claims: readonly FileClaim[]): PackageRecord[] {
  const index = new Map(providerIndex(found));
  const paths = new Set(found.flatMap(({ requires }) => requires).filter((name) => name.startsWith('/')));
  for (const { owner, files } of claims) {
    for (const file of files)
      if (paths.has(`/${file}`) && !index.has(`/${file}`)) index.set(`/${file}`, owner);
  }
  return found.map(({ record, requires }) => {
    const alternatives = requires.map((name) => [name]);
    const dependencies = dependencyNames(record.name, alternatives, index);
    return dependencies.length === 0 ? record : { ...record, dependencies };
  });
}
