import type { FactContent, PackageRecord } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { damaged, MAX_DATABASE_BYTES, tooLarge } from '../package-database/database-error.ts';
import { present } from '../package-database/present.ts';
import { problemList } from '../package-database/problem-list.ts';
import { openTables } from '../sqlite/tables.ts';
import { packageOf } from './store-path.ts';

/** Ten times a whole desktop's. */
const MAX_PATHS = 100_000;

/**
 * Reads Nix's database: `ValidPaths` are what the store holds, `Refs` which of them need which.
 * Damaged rows are left out and counted in `truncated`. Source: Nix's libstore, schema.sql.
 */
export function parseDatabase(file: LayerFile): FactContent {
  if (file.size === 0) return {};
  if (file.size > MAX_DATABASE_BYTES) throw tooLarge(file);
  const problems = problemList();
  const tables = openTables(file, problems.report);
  const paths = tables.rows('ValidPaths');
  if (paths === undefined) throw damaged('a database of Nix without a table of paths');
  const found = new Map<number, PackageRecord>();
  let count = 0;
  for (const { id, columns } of paths) {
    const path = columns[1];
    const record = typeof path === 'string' ? packageOf(path) : undefined;
    if (record !== undefined) found.set(id, record);
    if ((count += 1) >= MAX_PATHS) {
      problems.conclude(`only the first ${MAX_PATHS} paths were read`);
      break;
    }
  }
  const needed = new Map<number, Set<string>>();
  for (const { columns } of tables.rows('Refs') ?? []) {
    const [from, to] = columns;
    if (typeof from !== 'number' || typeof to !== 'number' || from === to || !found.has(from)) continue;
    const name = found.get(to)?.name;
    if (name === undefined) continue;
    const list = needed.get(from);
    if (list === undefined) needed.set(from, new Set([name]));
    else list.add(name);
  }
  const packages = [...found].map(([id, record]) => {
    const names = needed.get(id);
    return names === undefined ? record : { ...record, dependencies: [...names] };
  });
  return { packages, ...present({ truncated: problems.summary() }) };
}
