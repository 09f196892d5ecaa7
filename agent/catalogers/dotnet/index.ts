import type { Cataloger, FactContent } from '../../../core/facts.ts';
import type { LayerFile } from '../../../core/layer.ts';
import { tableAt } from '../bytes/table.ts';
import { readExecutables } from '../executable/read.ts';
import { hasTooManyValues } from '../package-database/json.ts';
import { findBundledDeps } from './bundle.ts';
import { readDeps } from './deps-json.ts';

/** Ten times the largest lists known. */
const MAX_DEPS_BYTES = 2 << 20;

const SUFFIX = '.deps.json';

/** NuGet packages of published .NET programs, with their shared frameworks, and of such programs in a single file. */
export const dotnet: Cataloger = {
  id: 'dotnet',
  version: 2,
  candidates: {
    suffixes: [SUFFIX, '.exe'],
    executables: true,
    accepts: () => true,
  },
  parse: (file) => (file.path.endsWith(SUFFIX) ? readList(file, 0, file.size) : readProgram(file)),
};

function readProgram(file: LayerFile): FactContent {
  for (const executable of readExecutables(file)) {
    const list = findBundledDeps(executable);
    if (list !== undefined) return readList(file, list.offset, list.size);
  }
  return {};
}

function readList(file: LayerFile, offset: number, size: number): FactContent {
  if (size > MAX_DEPS_BYTES) return { truncated: `not read: larger than ${MAX_DEPS_BYTES} bytes` };
  const bytes = tableAt(file, offset, size, true)?.bytes;
  if (bytes === undefined) throw new Error('the list of libraries goes beyond the end of the file');
  if (hasTooManyValues(bytes)) return { truncated: 'not read: more values than any list has' };
  const { packages, claims } = readDeps(new TextDecoder().decode(bytes), file.path);
  return { ...(packages.length > 0 && { packages }), ...(claims.length > 0 && { claims }) };
}
